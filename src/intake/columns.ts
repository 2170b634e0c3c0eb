// The columns of a bulk upload: one table of names, spellings and what we do with them. Knows no CSV syntax.

interface ColumnInfo {
  /** Other spellings, folded as foldHeader does; the name itself is one anyway. */
  readonly aliases: readonly string[];
  /** Never listed or logged; kept in the sealed raw row only. */
  readonly secret?: true;
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
  voice_route: { aliases: ['voiceroutes', 'availablevoiceroute'] },
  user_type: { aliases: ['type'] },
  use_teams_voicemail: { aliases: ['teamsvoicemail'] },
  sip_auth_id: { aliases: ['sipauthenticationid', 'sipauthenticationname'] },
  password: { aliases: ['sippassword'], secret: true },
  portal_login_name: { aliases: ['portallogin'] },
  portal_login_password: { aliases: [], secret: true },
  default_did_index_number: { aliases: ['defaultdidindex'] },
  did_list: { aliases: ['dids'] },
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

/** Of the error CSV: not read again, and no unknown columns either. */
export const ERROR_COLUMNS = ['error_code', 'error', 'fix'] as const;

const ERROR_SPELLINGS: ReadonlySet<string> = new Set(ERROR_COLUMNS.map(foldHeader));

export function isErrorColumn(headerCell: string): boolean {
  return ERROR_SPELLINGS.has(foldHeader(headerCell));
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
