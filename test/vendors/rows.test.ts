// Rows of many makers, one by one: a value of ours, what the file says of it, and the same value read from that file.
import { describe, expect, test } from 'vitest';
import type { Mac } from '../../vendors/mac.ts';
import type { PhoneSettings, SettingFacts, SettingName, VendorId } from '../../vendors/model.ts';
import { readConfig } from '../../vendors/read.ts';
import { writeConfig } from '../../vendors/write.ts';
import { lineWith } from '../help/line.ts';

const MAC = '00005e0053ab' as Mac;
const LINE = lineWith({ userName: '331', password: 'pw' });

interface Case {
  readonly settings?: Partial<SettingFacts>;
  readonly phone?: PhoneSettings;
  /** What must stand in the files. */
  readonly says: readonly string[];
  readonly model?: string;
  readonly format?: string;
  readonly warnings?: readonly string[];
}

function check(vendor: VendorId, { settings = {}, phone = {}, says, model, format, warnings = [] }: Case): void {
  const asked = Object.entries(settings).map(([name, value]) => ({
    line: 1,
    name: name as SettingName,
    value,
    key: '',
  }));
  const written = writeConfig(
    vendor,
    { lines: [LINE], settings: asked, phone },
    { mac: MAC, ...(model !== undefined && { model }), ...(format !== undefined && { format }) },
  );
  if (!written.ok) throw new Error(written.message);
  expect(written.warnings).toEqual(warnings);
  const text = written.files.map((file) => file.text).join('\n');
  for (const part of says) expect(text).toContain(part);
  const files = written.files.map((file) => ({ name: file.name, bytes: Buffer.from(file.text) }));
  const again = readConfig(files, { vendor, mac: MAC, ...(model !== undefined && { model }) });
  if (again.kind !== 'config') throw new Error(again.message);
  const { reading } = again;
  expect(Object.fromEntries(reading.settings.map(({ name, value }) => [name, value]))).toMatchObject(settings);
  expect(reading.phone().phone).toMatchObject(phone);
}

/** Avaya's phones take TLS where the line says no transport. */
const TLS_IS_MEANT = ['written-as-near:registrar.host:1'];

const CASES: readonly (readonly [vendor: VendorId, what: string, of: Case])[] = [
  [
    'avaya',
    'the login at its server',
    {
      phone: { provisioningUserName: 'site7', provisioningPassword: 'pw7' },
      says: ['SET FORCE_HTTP_AUTH_USERNAME "site7"', 'SET FORCE_HTTP_AUTH_PASSWORD "pw7"'],
      warnings: TLS_IS_MEANT,
    },
  ],
  [
    'avaya',
    'asking every week',
    { phone: { pollingMinutes: 10_080 }, says: ['SET AUTOMATIC_UPDATE_POLICY "2"'], warnings: TLS_IS_MEANT },
  ],
  [
    'avaya',
    'the redirection service, switched off so that it can be switched on again',
    { phone: { redirectProvisioning: false }, says: ['SET DES_STAT "1"'], warnings: TLS_IS_MEANT },
  ],
  [
    'avaya',
    'a file of words beside that of the language',
    {
      phone: { language: 'de', languageFileUrl: 'https://f.example.com/words.xml' },
      says: ['SET LANGUAGES "Mlf_J169_J179_German.xml,https://f.example.com/words.xml"'],
      warnings: TLS_IS_MEANT,
    },
  ],
  [
    'avaya',
    'a ring tone and a picture',
    {
      phone: { toneFileUrl: 'https://f.example.com/ring.wav', logoUrl: 'hall.jpg' },
      says: ['SET RINGTONES "Ring tone=https://f.example.com/ring.wav"', 'SET BACKGROUND_IMAGE_DISPLAY "hall.jpg"'],
      warnings: TLS_IS_MEANT,
    },
  ],
  [
    'yealink',
    'an own ring tone',
    {
      phone: { toneFileUrl: 'https://f.example.com/ring.wav' },
      says: ['ringtone.url = https://f.example.com/ring.wav'],
    },
  ],
  [
    'snom',
    'an own melody',
    { phone: { toneFileUrl: 'https://f.example.com/ring.wav' }, says: ['<custom_melody_url perm="'] },
  ],
  [
    'cisco-spa',
    'the options of DHCP',
    { phone: { dhcpProvisioning: true }, says: ['<DHCP_Option_To_Use>66,160,159,150,60,43,125<'] },
  ],
  [
    'mitel',
    'files of a language and of a ring tone',
    {
      phone: {
        languageFileUrl: 'https://f.example.com/lang_sv.txt',
        toneFileUrl: 'https://f.example.com/ring.wav',
      },
      says: ['language 2: https://f.example.com/lang_sv.txt', 'custom ringtone 1: https://f.example.com/ring.wav'],
    },
  ],
  [
    'htek',
    'PnP, files of a language, of a ring tone and of the picture behind',
    {
      phone: {
        pnpProvisioning: false,
        languageFileUrl: 'https://f.example.com/de.xml',
        toneFileUrl: 'https://f.example.com/ring.wav',
        logoUrl: 'https://f.example.com/logo.jpg',
      },
      says: ['<P20165>0<', '<P20175>https://', '<P20174>https://', '<P20052>https://'],
    },
  ],
  [
    'acrobits',
    'digits, and where and how often the app asks for its accounts',
    {
      settings: { dtmf: 'info' },
      phone: { provisioningUrl: 'https://pbx.example.com/app', pollingMinutes: 60 },
      says: ['<dtmfOrder>sipInfo<', '<extProvUrl>https://pbx.example.com/app<', '<extProvInterval>3600<'],
    },
  ],
  [
    'digium',
    'keep-alive, the VLAN of the PC port',
    {
      settings: { keepAliveSeconds: 30 },
      phone: { pcVlanId: 7 },
      says: ['<setting id="udp_ka_interval" value="30"/>', '<setting id="pc_vlan_id" value="7"/>'],
    },
  ],
  ['fanvil', 'the VLAN of the PC port', { phone: { pcVlanId: 7 }, says: ['<EnablePVID>2<', '<PVIDValue>7<'] }],
  [
    'fanvil',
    'dial peers in the text format',
    {
      phone: {
        pcVlanId: 7,
        numberReplacements: [
          { match: '0T', replace: 'rep:0044 1' },
          { match: '9', replace: 'add:1' },
        ],
      },
      format: 'fanvil-text',
      says: ['Enable PVID        :2', 'Item1 Alias        :rep:0044', 'Item1 DelLen       :1', 'Item2 DelLen       :0'],
    },
  ],
  [
    'yealink',
    'the password of a renamed admin',
    {
      phone: { adminPassword: 'hidden-1', adminName: 'root' },
      says: ['static.security.user_name.admin = root', 'static.security.user_password = root:hidden-1'],
    },
  ],
  [
    'htek',
    'language, clock, polling, DHCP and phone book',
    {
      phone: {
        language: 'de',
        clock24Hours: true,
        pollingMinutes: 1440,
        dhcpProvisioning: false,
        phoneBookUrl: 'https://pbx.example.com/book.xml',
        phoneBookName: 'Company',
      },
      says: ['<P8621>2<', '<P8624>0<', '<P194>1<', '<P193>1440<', '<P145>0<', '<P4401>https://', '<P3316>Company<'],
    },
  ],
  ['htek', 'HTTPS by its number', { phone: { provisioningUrl: 'https://p.example.com/' }, says: ['<P212>3<'] }],
  [
    'zoiper',
    'SRTP, digits and codecs',
    {
      settings: { srtp: 'required', dtmf: 'info', codecs: ['opus', 'PCMA', 'G722'] },
      says: ['<SIP_srtp_mode>sdes<', '<SIP_dtmf_style>SIP_info_numeric<', '<codec_id>35<', '<codec_id>6<'],
    },
  ],
  [
    'linphone',
    'SRTP, digits and codecs, which are those of the whole app',
    {
      settings: { srtp: 'required', dtmf: 'rfc2833+info', codecs: ['opus', 'PCMA'] },
      says: [
        'media_encryption" overwrite="true">srtp<',
        'use_info" overwrite="true">1<',
        '<section name="audio_codec_1">',
      ],
    },
  ],
  [
    'avaya',
    'language and firmware, which are files',
    {
      phone: { language: 'de', firmwareUrl: 'FW_S_J129_R4_0_10_3_2.bin' },
      model: 'J129',
      says: [
        'SET LANGUAGES "Mlf_J129_German.xml"',
        'SET SYSTEM_LANGUAGE "Mlf_J129_German.xml"',
        'SET APPNAME "FW_S_J129',
      ],
      warnings: ['written-as-near:registrar.host:1'],
    },
  ],
  [
    'fanvil',
    'firmware',
    {
      phone: { firmwareUrl: 'https://f.example.com/x4.z' },
      says: ['<EnableAutoUpgrade>1<', '<UpgradeServer1>https://f.example.com/x4.z<'],
    },
  ],
  [
    'fanvil',
    'firmware in the text format',
    {
      phone: { firmwareUrl: 'https://f.example.com/x4.z' },
      format: 'fanvil-text',
      says: ['<FIRMWARE CHECK MODULE>', 'Upgrade Server 1   :https://f.example.com/x4.z'],
    },
  ],
  [
    'grandstream',
    'the picture behind',
    {
      phone: { logoUrl: 'https://f.example.com/logo.jpg' },
      says: ['<P2916>1<', '<P2917>https://f.example.com/logo.jpg<'],
    },
  ],
  [
    'polycom',
    'digits, keep-alive, priority, directory, sound and picture',
    {
      settings: { dtmf: 'rfc2833+info', keepAliveSeconds: 30 },
      phone: {
        vlanPriority: 5,
        phoneBookUrl: 'ldaps://dir.example.com:636/ou=people,dc=example',
        toneFileUrl: 'https://f.example.com/ring.wav',
        logoUrl: 'https://f.example.com/logo.jpg',
      },
      says: [
        'voIpProt.SIP.dtmfViaSignaling.rfc2976="1"',
        'nat.keepalive.interval="30"',
        'qos.ethernet.callControl.user_priority="5"',
        'dir.corp.transport="TLS"',
        'dir.corp.baseDN="ou=people,dc=example"',
        'saf.1="https://',
        'bg.color.selection="2,1"',
      ],
    },
  ],
  [
    'panasonic',
    'SRTP, clock and phone book',
    {
      settings: { srtp: 'optional' },
      phone: { clock24Hours: true, phoneBookUrl: 'https://pbx.example.com/book' },
      says: ['SRTP_CONNECT_MODE_1="1"', 'DISPLAY_TIME_PATTERN="1"', 'XMLAPP_ENABLE="Y"', 'XMLAPP_LDAP_URL="https://'],
    },
  ],
  [
    'panasonic',
    'the XML of UTG phones',
    {
      settings: { dtmf: 'rfc2833', codecs: ['G722', 'PCMU'] },
      phone: { adminPassword: 'hidden-a', pollingMinutes: 60 },
      format: 'panasonic-xml',
      says: ['<Line idx="1">', '<CODEC_PRIORITY_G722>1<', '<CODEC_ENABLE_PCMA>N<', '<SIP_PASS>pw<', '<LoginAcc>'],
    },
  ],
  [
    'digium',
    'SRTP, codecs, the login in the address of the server, firmware',
    {
      settings: { srtp: 'required', codecs: ['G722', 'PCMU'] },
      phone: {
        provisioningUrl: 'https://prov.example.com/p/',
        provisioningUserName: 'a@b',
        provisioningPassword: 'hidden-/:',
        firmwareUrl: 'https://f.example.com/2_9_6_D65_firmware.eff',
      },
      says: [
        'media_encryption="sdes"',
        '<codec id="G722" priority="255"',
        'value="https://a%40b:hidden-%2F%3A@prov.example.com/p/"',
        '<firmware model="D65" version="2_9_6"',
      ],
    },
  ],
  [
    'digium',
    'function keys, which are files of their own',
    {
      phone: {
        provisioningUrl: 'https://prov.example.com/p',
        functionKeys: [
          { key: 12, module: 0, type: 'blf', line: null, value: '201', label: 'Ada' },
          { key: 13, module: 0, type: 'speedDial', line: null, value: '*98', label: null },
        ],
      },
      model: 'D70',
      says: [
        '<blf_items url="https://prov.example.com/p/00005e0053ab-smartblf.cfg"/>',
        '<blf_item location="side" index="1" paging="2" contact_id="key-0-12">',
        'subscribe_to="201"',
      ],
    },
  ],
  [
    'digium',
    'function keys of an expansion module',
    {
      phone: {
        provisioningUrl: 'http://192.0.2.9/d.cfg',
        functionKeys: [{ key: 23, module: 1, type: 'speedDial', line: null, value: '*98', label: null }],
      },
      model: 'D65',
      says: ['<blf_item location="expansion" index="2" paging="2"', '"http://192.0.2.9/00005e0053ab-contacts.xml"'],
    },
  ],
  [
    'ale',
    'its language, where it looks for its server, and its dial plan',
    {
      phone: { language: 'de', dhcpProvisioning: false, pnpProvisioning: true, dialPlan: '0T;[2-9]11' },
      says: ['id="SettingLanguage" value="2"', 'id="DeviceProvisionDhcpEnable" value="false"', 'id="DigitMapEnable"'],
    },
  ],
  [
    'ale',
    'digits, codecs and keep-alive of a line',
    {
      settings: { dtmf: 'info', codecs: ['G722', 'PCMA'], keepAliveSeconds: 30, rport: true },
      says: ['id="Account1DtmfMode" value="4"', 'id="Account1AudioCodec" value="9;8"'],
    },
  ],
  [
    'acrobits',
    'the login of its provisioning, and the name that is shown',
    {
      phone: { provisioningUserName: 'site7', provisioningPassword: 'pw7' },
      settings: { codecs: ['G722', 'PCMA'], voiceMailbox: '*97' },
      says: ['<cloud_username>site7<', '<cloud_password>pw7<', '<codecOrder>9,8<', '<voiceMailNumber>*97<'],
    },
  ],
  [
    'linphone',
    'an address book, and no rport',
    {
      phone: { phoneBookUrl: 'https://f.example.com/all.vcf' },
      settings: { rport: false },
      says: ['<entry name="contacts-vcard-list"', '<entry name="use_rport"'],
    },
  ],
  [
    'digium',
    'a picture and the dial plan',
    {
      phone: { logoUrl: 'https://f.example.com/logo.png', dialPlan: '[0-8]xxxxx|911' },
      says: ['path="/user_image.png" url="https://f.example.com/logo.png"', 'dial_plan="[0-8]xxxxx|911"'],
    },
  ],
  [
    'cisco-spa',
    'the way through NAT, which it has once',
    {
      settings: { nat: 'stun', rport: true, keepAliveSeconds: 20 },
      says: [
        '<STUN_Enable>Yes</STUN_Enable>',
        '<Insert_VIA_rport>Yes</Insert_VIA_rport>',
        '<NAT_Keep_Alive_Intvl>20</NAT_Keep_Alive_Intvl>',
      ],
    },
  ],
  ['mitel', 'rport', { settings: { rport: true }, says: ['sip rport: 1'] }],
  [
    'akuvox',
    'codecs, the way through NAT and a mailbox',
    {
      settings: {
        codecs: ['G722', 'PCMA'],
        rport: true,
        keepAlive: 'packets',
        keepAliveSeconds: 30,
        voiceMailbox: '*97',
      },
      says: ['Config.Account1.Audio0.Name = G722', 'Config.Account1.NAT.UdpKeepInterval = 30'],
    },
  ],
  [
    'akuvox',
    'its network, its server and files',
    {
      phone: {
        vlanId: 40,
        vlanPriority: 5,
        pcVlanId: 50,
        provisioningUserName: 'site7',
        provisioningPassword: 'pw7',
        pnpProvisioning: false,
        redirectProvisioning: false,
        phoneBookUrl: 'https://f.example.com/book.xml',
        toneFileUrl: 'https://f.example.com/ring.wav',
      },
      says: ['Config.Network.VLAN.LanVlanEnable = 1', 'Config.Network.VLAN.PcVid = 50'],
    },
  ],
  [
    'zoiper',
    'keep-alive, STUN, language, login and address book',
    {
      settings: { keepAliveSeconds: 45, nat: 'stun' },
      phone: {
        language: 'de',
        provisioningUserName: 'olga',
        provisioningPassword: 'three',
        phoneBookUrl: 'https://pbx.example.com/book.xml',
        phoneBookName: 'Company',
      },
      says: ['<SIP_keep_alive_mode>custom<', '<use_stun>custom<', '<remember_username_password>true<', '<type>xml<'],
    },
  ],
  ['zoiper', 'no keep-alive', { settings: { keepAlive: 'off' }, says: ['<SIP_keep_alive_mode>disabled<'] }],
];

test('Digium: function keys need the address of the server, and no key that a line has', () => {
  const write = (key: number, provisioningUrl?: string) => {
    const functionKeys = [{ key, module: 0, type: 'blf', line: null, value: '201', label: null }] as const;
    const phone = { functionKeys, ...(provisioningUrl !== undefined && { provisioningUrl }) };
    return writeConfig('digium', { lines: [LINE], phone }, { mac: MAC });
  };
  expect(write(2)).toMatchObject({ ok: false, message: expect.stringContaining('address of the server') });
  expect(write(1, 'https://p.example.com/')).toMatchObject({ ok: false, message: expect.stringContaining('key 1') });
  expect(write(2, 'https://p.example.com/')).toMatchObject({ ok: true, warnings: [] });
});

test('Linphone: where two lines differ in what the app has once, the first counts, with a warning', () => {
  const settings = [
    { line: 1, name: 'srtp', value: 'off', key: '' },
    { line: 2, name: 'srtp', value: 'required', key: '' },
  ] as const;
  const written = writeConfig('linphone', { lines: [LINE, { ...LINE, line: 2, userName: '332' }], settings });
  expect(written).toMatchObject({ ok: true, warnings: ['not-written:srtp:2'] });
  expect(written.ok && written.files[0].text).toContain('"media_encryption" overwrite="true">none<');
});

test('Panasonic: who may change a value stands beside it in the XML', () => {
  const access = { all: 'open', password: 'locked', language: 'default' } as const;
  const phone = { language: 'de-DE', adminName: 'admin' };
  const written = writeConfig('panasonic', { lines: [LINE], phone, access }, { mac: MAC, format: 'panasonic-xml' });
  if (!written.ok) throw new Error(written.message);
  expect(written.files[0].text).toContain('<ADMIN_ID perm="!RW">admin<');
  expect(written.files[0].text).toContain('<SIP_PASS perm="!R">pw<');
  expect(written.files[0].text).toContain('<DEFAULT_LANGUAGE perm="RW">de-DE<');
  const again = readConfig([{ name: 'x.xml', bytes: Buffer.from(written.files[0].text) }]);
  expect(again.kind === 'config' && again.reading.phone().access).toEqual({ language: 'default', adminName: 'open' });
});

test('Poly: keys of an expansion module are counted on from those of the phone', () => {
  const functionKeys = [{ key: 2, module: 1, type: 'speedDial', line: null, value: '200', label: 'Ada' }] as const;
  const write = (model?: string) =>
    writeConfig('polycom', { lines: [LINE], phone: { functionKeys } }, { mac: MAC, ...(model && { model }) });
  expect(write()).toMatchObject({ ok: false, message: expect.stringContaining('name the model') });
  const written = write('VVX411');
  expect(written).toMatchObject({ ok: true, warnings: ['written-as-near:functionKeys'] });
  expect(written.ok && written.files[1]?.text).toContain('lineKey.14.category="EFK"');
});

describe.each([...new Set(CASES.map(([vendor]) => vendor))])('%s', (vendor) => {
  test.each(CASES.filter(([of]) => of === vendor))('%s: %s', (_vendor, _what, of) => check(vendor, of));
});
