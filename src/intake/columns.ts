// The columns of a bulk upload: one table of names, spellings and what we do with them. Knows no CSV syntax.

interface ColumnInfo {
  /** Other spellings, folded as foldHeader does; the name itself is one anyway. */
  readonly aliases: readonly string[];
  /** Never listed or logged; kept in the sealed raw row only. */
  readonly secret?: true;
  /** Known from the files of others, and accepted, but nothing is made of it yet. */
  readonly unused?: true;
}

export const COLUMNS = {
  name: { aliases: ['displayname', 'fullname'] },
  teams_user_id: { aliases: ['teamsuser', 'teamsid', 'email', 'upn'] },
  sip_user_id: { aliases: ['sipuser', 'pbxuser', 'extension'] },
  phone_number: { aliases: ['phone', 'did', 'telephonenumber'] },
  mac_address: { aliases: ['mac', 'uuid', 'macuuid', 'devicemac', 'pseudomac'] },
  pbx: { aliases: ['pbxlocation', 'pbxname'] },
  auto_provision: { aliases: ['autoprovisioning', 'enablesipautoprovisioning', 'sipautoprovisioning'] },
  line_rule: { aliases: ['line', 'lineindex', 'accountindex'] },
  prov_username: { aliases: ['provuser', 'provisioningusername', 'provisioninguser'] },
  prov_password: { aliases: ['provpass', 'provisioningpassword'], secret: true },
  user_tag: { aliases: ['tag', 'tags'] },
  voice_route: { aliases: ['voiceroutes', 'availablevoiceroute'], unused: true },
  user_type: { aliases: ['type'], unused: true },
  use_teams_voicemail: { aliases: ['teamsvoicemail'], unused: true },
  sip_auth_id: { aliases: ['sipauthenticationid', 'sipauthenticationname'], unused: true },
  password: { aliases: ['sippassword'], secret: true, unused: true },
  portal_login_name: { aliases: ['portallogin'], unused: true },
  portal_login_password: { aliases: [], secret: true, unused: true },
  default_did_index_number: { aliases: ['defaultdidindex'], unused: true },
  did_list: { aliases: ['dids'], unused: true },
} as const satisfies Record<string, ColumnInfo>;

export type Column = keyof typeof COLUMNS;

export const COLUMN_NAMES = Object.keys(COLUMNS) as Column[];

const INFO: Readonly<Record<Column, ColumnInfo>> = COLUMNS;

/** A header cell as it is compared: without case, blanks, `_`, `-` and byte order mark. */
export function foldHeader(text: string): string {
  return text
    .normalize('NFKC')
    .toLowerCase()
    .replace(/[\s_\-\uFEFF]+/g, '');
}

const BY_SPELLING: ReadonlyMap<string, Column> = new Map(
  COLUMN_NAMES.flatMap((name) =>
    [name, ...INFO[name].aliases].map((spelling) => [foldHeader(spelling), name] as const),
  ),
);

/** The column that a header cell means, or null. */
export function columnFor(headerCell: string): Column | null {
  return BY_SPELLING.get(foldHeader(headerCell)) ?? null;
}

export function isSecretColumn(column: Column): boolean {
  return INFO[column].secret === true;
}

export function isUnusedColumn(column: Column): boolean {
  return INFO[column].unused === true;
}
