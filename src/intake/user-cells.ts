// A user as cells of an upload: what the export writes. Knows no CSV syntax and no database.
import { formatMac, type Mac } from '../../vendors/mac.ts';
import { COLUMN_NAMES, type COLUMNS, type Column, isSecretColumn } from './columns.ts';

type SecretColumn = { [C in Column]: (typeof COLUMNS)[C] extends { secret: true } ? C : never }[Column];
type ExportedColumn = Exclude<Column, SecretColumn>;

/** What an upload can say of a user, without secrets. */
export interface ExportedUser {
  readonly name: string | null;
  readonly teamsUserId: string | null;
  readonly sipUserId: string | null;
  /** E.164; typed or harvested. */
  readonly did: string | null;
  readonly mac: string | null;
  readonly pbxName: string;
  readonly autoProvision: 'inherit' | 'on' | 'off';
  readonly lineRule: string | null;
  readonly provUsername: string | null;
  readonly userTag: string | null;
  readonly voiceRoute: string | null;
  readonly userType: string;
  readonly useTeamsVoicemail: boolean | null;
  readonly sipAuthId: string | null;
  readonly portalLoginName: string | null;
  readonly defaultDidIndex: number | null;
  readonly didList: readonly string[] | null;
}

/** All columns of an upload but the secret ones, in the order of the table. */
export const EXPORTED_COLUMNS = COLUMN_NAMES.filter((column): column is ExportedColumn => !isSecretColumn(column));

/** A column that is added to the table and not here does not compile. */
const CELLS: { readonly [C in ExportedColumn]: (user: ExportedUser) => string | null } = {
  name: (user) => user.name,
  teams_user_id: (user) => user.teamsUserId,
  sip_user_id: (user) => user.sipUserId,
  phone_number: (user) => user.did,
  // With colons: a spreadsheet takes bare digits for a number, and 0015651133e5 for one with an exponent.
  mac_address: (user) => (user.mac === null ? null : formatMac(user.mac as Mac, 'colon')),
  pbx: (user) => user.pbxName,
  auto_provision: (user) => user.autoProvision,
  line_rule: (user) => user.lineRule,
  prov_username: (user) => user.provUsername,
  user_tag: (user) => user.userTag,
  voice_route: (user) => user.voiceRoute,
  user_type: (user) => user.userType,
  use_teams_voicemail: (user) => (user.useTeamsVoicemail === null ? null : String(user.useTeamsVoicemail)),
  sip_auth_id: (user) => user.sipAuthId,
  portal_login_name: (user) => user.portalLoginName,
  default_did_index_number: (user) => (user.defaultDidIndex === null ? null : String(user.defaultDidIndex)),
  did_list: (user) => (user.didList === null ? null : user.didList.join(',')),
};

/** In the order of EXPORTED_COLUMNS; null is an empty cell. */
export function cellsOfUser(user: ExportedUser): (string | null)[] {
  return EXPORTED_COLUMNS.map((column) => CELLS[column](user));
}
