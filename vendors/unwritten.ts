// What a format has no row for, and why, where that is known: for docs/vendors.md. Knows no vendor.
import type { PhoneFacts, SettingName } from './model.ts';
import type { Format, LineFacts, Without } from './vendor.ts';

/** As people say them -> the row that stands for them. */
const OF_LINES: Readonly<Record<string, keyof LineFacts>> = {
  displayName: 'displayName',
  label: 'label',
  authName: 'authName',
  expiresSeconds: 'expiresSeconds',
  outboundProxy: 'outboundHost',
  backup: 'backupHost',
  backupOutboundProxy: 'backupOutboundHost',
};

const OF_SETTINGS: Readonly<Record<SettingName, true>> = {
  srtp: true,
  dtmf: true,
  dtmfInfo: true,
  codecs: true,
  voiceMailbox: true,
  keepAlive: true,
  keepAliveSeconds: true,
  nat: true,
  rport: true,
};

const OF_THE_PHONE: Readonly<Record<keyof PhoneFacts, true>> = {
  language: true,
  timeZone: true,
  ntpServer: true,
  clock24Hours: true,
  adminName: true,
  adminPassword: true,
  userPassword: true,
  vlanId: true,
  vlanPriority: true,
  pcVlanId: true,
  provisioningUrl: true,
  provisioningUserName: true,
  provisioningPassword: true,
  pollingMinutes: true,
  dhcpProvisioning: true,
  pnpProvisioning: true,
  redirectProvisioning: true,
  firmwareUrl: true,
  phoneBookUrl: true,
  phoneBookName: true,
  languageFileUrl: true,
  toneFileUrl: true,
  logoUrl: true,
  dialPlan: true,
  numberReplacements: true,
  trustedCertificates: true,
};

export interface Unwritten {
  /** No key is known. */
  readonly unknown: readonly string[];
  readonly reasons: readonly (readonly [field: string, reason: string])[];
}

export function unwritten({ table }: Format): Unwritten {
  const missing = [
    ...Object.keys(OF_LINES).filter((name) => table.lines[OF_LINES[name] as keyof LineFacts] === undefined),
    ...Object.keys(OF_SETTINGS).filter((name) => table.settings[name as SettingName] === undefined),
    ...Object.keys(OF_THE_PHONE).filter((name) => table.phone[name as keyof PhoneFacts] === undefined),
    ...(table.functionKeys === null ? ['functionKeys'] : []),
  ];
  const reasonOf = (name: string) => table.without?.[name as keyof Without];
  return {
    unknown: missing.filter((name) => reasonOf(name) === undefined),
    reasons: missing.flatMap((name) => {
      const reason = reasonOf(name);
      return reason === undefined ? [] : [[name, reason] as const];
    }),
  };
}

const APP = 'an app on a computer or mobile phone has none';

/** What belongs to a desk phone and its network. */
export const WITHOUT_OF_APPS: Without = {
  timeZone: APP,
  ntpServer: APP,
  clock24Hours: APP,
  adminName: APP,
  adminPassword: APP,
  userPassword: APP,
  vlanId: APP,
  vlanPriority: APP,
  pcVlanId: APP,
  dhcpProvisioning: APP,
  pnpProvisioning: APP,
  firmwareUrl: APP,
  functionKeys: APP,
};
