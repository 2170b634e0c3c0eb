// The sheet that the admin of a PBX enters assigned pseudo-MACs from: one table of columns per system that imports it.
// Pure; no secret comes near it: SIP passwords stay with the PBX, which has them.
import { formatMac, type Mac } from '../../vendors/mac.ts';
import type { PersonaChoice } from '../../vendors/persona.ts';

export const HAND_OVER_FORMATS = ['plain', 'fusionpbx', 'netsapiens', '3cx'] as const;

export type HandOverFormat = (typeof HAND_OVER_FORMATS)[number];

/** A user with an assigned MAC. */
export interface HandOverUser {
  readonly name: string | null;
  readonly teamsUserId: string | null;
  /** `101` or `101@domain`. */
  readonly sipUserId: string | null;
  readonly did: string | null;
  readonly mac: string;
  readonly lineRule: string | null;
  readonly status: string;
  readonly reasonCode: string | null;
}

/** What of the PBX goes into each row. */
export interface HandOverPbx {
  readonly provisioningUrl: string | null;
  readonly personaVendor: PersonaChoice;
  readonly personaModel: string | null;
}

type Cell = (user: HandOverUser, pbx: HandOverPbx) => string | null;
type Columns = readonly (readonly [header: string, cell: Cell])[];

const empty: Cell = () => null;
const mac: Cell = (user) => user.mac;
const name: Cell = (user) => user.name ?? user.teamsUserId;
const sipUser: Cell = (user) => user.sipUserId?.split('@', 1)[0] ?? null;

function sipDomain(user: HandOverUser): string | null {
  return user.sipUserId?.split('@', 2)[1] ?? null;
}

/** Without a port: FusionPBX finds the tenant by this name, and calls it the domain. */
function provisioningHost(pbx: HandOverPbx): string | null {
  return pbx.provisioningUrl !== null && URL.canParse(pbx.provisioningUrl)
    ? new URL(pbx.provisioningUrl).hostname
    : null;
}

function lineNumber(user: HandOverUser): string {
  return user.lineRule !== null && /^\d+$/.test(user.lineRule) ? user.lineRule : '1';
}

/** Read by people: a MAC with colons is one that spreadsheets leave alone. */
const PLAIN: Columns = [
  ['mac_address', (user) => formatMac(user.mac as Mac, 'colon')],
  ['name', (user) => user.name],
  ['sip_user_id', (user) => user.sipUserId],
  ['teams_user_id', (user) => user.teamsUserId],
  ['phone_number', (user) => user.did],
  ['line_rule', (user) => user.lineRule],
  ['status', (user) => user.status],
  ['reason_code', (user) => user.reasonCode],
];

/**
 * Devices > Import. Read (app/devices/device_imports.php, device_download.php): the form offers every field of
 * v_devices and v_device_lines and chooses the one of the same name as the header cell, none where there is no such
 * field; a device that exists is found by its MAC; rows begin at line 2. Up to 5.1 the MAC is device_mac_address, since
 * then device_address: the column that a version does not know is passed over.
 * `password` is the SIP password of the extension; it stays empty here, and its admin fills it in.
 * Assumptions: that a template is named `yealink/<model>` in lower case (read of the template folders, not of all
 * models), and that the domain is the host of the provisioning address unless the SIP user names one.
 */
const FUSIONPBX: Columns = [
  ['device_address', mac],
  ['device_mac_address', mac],
  ['device_label', name],
  ['device_vendor', (_user, pbx) => FUSIONPBX_VENDORS[pbx.personaVendor] ?? null],
  ['device_template', (_user, pbx) => fusionpbxTemplate(pbx)],
  ['device_enabled', () => 'true'],
  ['device_description', (user) => user.teamsUserId],
  ['line_number', lineNumber],
  ['server_address', (user, pbx) => sipDomain(user) ?? provisioningHost(pbx)],
  ['display_name', name],
  ['user_id', sipUser],
  ['auth_id', sipUser],
  ['password', empty],
  ['enabled', () => 'true'],
];

const FUSIONPBX_VENDORS: Readonly<Partial<Record<PersonaChoice, string>>> = {
  yealink: 'yealink',
  snom: 'snom',
  'cisco-spa': 'cisco',
};

function fusionpbxTemplate({ personaVendor, personaModel }: HandOverPbx): string | null {
  if (personaVendor !== 'yealink' || personaModel === null) return null;
  return `yealink/${personaModel.toLowerCase().replace(/^sip-/, '')}`;
}

/**
 * Read (docs.ns-api.com, v44.4, "Add MAC address"): the names of the fields of a phone, of which mac and model are
 * required. Assumptions: that the import of the portal has columns of these names (no sample of its file was found),
 * that device1 is `sip:<user>@<domain>`, and how a model is written (brand, blank, model).
 */
const NETSAPIENS: Columns = [
  ['mac', mac],
  ['model', (_user, pbx) => brandAndModel(pbx)],
  ['domain', sipDomain],
  ['subscriber_name', sipUser],
  // Without a domain it is no address yet: the admin completes it.
  ['device1', (user) => (sipDomain(user) === null ? user.sipUserId : `sip:${user.sipUserId}`)],
  ['notes', name],
];

/** As vendors write their own names. */
const BRANDS: Readonly<Partial<Record<PersonaChoice, string>>> = {
  yealink: 'Yealink',
  snom: 'Snom',
  'cisco-spa': 'Cisco',
};

function brandAndModel({ personaVendor, personaModel }: HandOverPbx): string | null {
  if (personaModel === null) return null;
  const brand = BRANDS[personaVendor];
  return brand === undefined ? personaModel : `${brand} ${personaModel}`;
}

/**
 * Users > Import. Read (3cx.com, "How to create extensions in bulk"; three public scripts that write the file): the
 * header, and that columns are found by their place, so that all of them are here. Number, AuthID and AuthPassword are
 * required for a new extension; the password is a secret of the PBX and stays empty. Assumption: that an import leaves
 * alone what a row of an extension that exists leaves empty. Whoever is not sure exports the extensions first and
 * copies the column MAC_0 over.
 */
const THREE_CX_HEADER = [
  'Number,FirstName,LastName,EmailAddress,MobileNumber,AuthID,AuthPassword,WebMeetingFriendlyName',
  'WebMeetingPrivateRoom,ClickToCall,WebMeetingAcceptReject,EnableVoicemail,VMNoPin,VMPlayCallerID,PIN',
  'VMPlayMsgDateTime,VMEmailOptions,QueueStatus,OutboundCallerID,SIPID,DeliverAudio,SupportReinvite,SupportReplaces',
  'EnableSRTP,ManagementAccess,ReporterAccess,WallboardAccess,TurnOffMyPhone,HideFWrules,CanSeeRecordings',
  'CanDeleteRecordings,RecordCalls,CallScreening,EmailMissedCalls,Disabled,DisableExternalCalls,AllowLanOnly',
  'BlockRemoteTunnel,PinProtect,MAC_0,InterfaceIP_0,UseTunnel,DND,UseCTI,StartupScreen,HotelModuleAccess',
  'DontShowExtInPHBK,DeskphoneWebPass,SrvcAccessPwd,VoipAdmin,SysAdmin,SecureSIP,PhoneModel14,PhoneTemplate14',
  'CustomTemplate,PhoneSettings,AllowAllRecordings,PushExtension,Integration,AllowOwnRecordings',
  'RecordExternalCallsOnly',
]
  .join(',')
  .split(',');

const THREE_CX_CELLS: Readonly<Record<string, Cell>> = {
  Number: sipUser,
  FirstName: (user) => splitName(user)[0],
  LastName: (user) => splitName(user)[1],
  EmailAddress: (user) => user.teamsUserId,
  MAC_0: mac,
  // Assumption: the model as its vendor writes it.
  PhoneModel14: (_user, pbx) => brandAndModel(pbx),
};

const THREE_CX: Columns = THREE_CX_HEADER.map((header) => [header, THREE_CX_CELLS[header] ?? empty] as const);

/** The last word is the family name. */
function splitName({ name: full }: HandOverUser): [string | null, string | null] {
  const split = /^(.*\S)\s+(\S+)$/.exec(full?.trim() ?? '');
  return split === null ? [full, null] : [split[1] ?? null, split[2] ?? null];
}

const FORMATS: Readonly<Record<HandOverFormat, Columns>> = {
  plain: PLAIN,
  fusionpbx: FUSIONPBX,
  netsapiens: NETSAPIENS,
  '3cx': THREE_CX,
};

export function handOverHeader(format: HandOverFormat): readonly string[] {
  return FORMATS[format].map(([header]) => header);
}

/** Cells in the order of the header; null is an empty one. */
export function handOverRow(format: HandOverFormat, user: HandOverUser, pbx: HandOverPbx): (string | null)[] {
  return FORMATS[format].map(([, cell]) => cell(user, pbx));
}
