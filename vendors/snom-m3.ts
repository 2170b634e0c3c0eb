// Snom m3: `%NAME%:"value"` with `//` comments, also behind a value; Latin-1. Read only.
// Source: [fusionpbx] the names and comments as FusionPBX writes them. "assumption": nobody says so.
import { endLine, type LineEnds, lineBreakOf } from '../parsers/lines.ts';
import type { Entry } from '../parsers/syntax.ts';
import { hostWithTransport, plainText, port, seconds, userName } from './codec.ts';
import { numbersMatching } from './line-numbers.ts';
import type { Format, Key, KeyTable, ParsedConfig } from './vendor.ts';

const SOURCE = '[fusionpbx]';

/** A line has the server of its own number unless it names another (assumption, as DECT bases of today do). */
function ofServer(name: string): Key {
  return (line, values) => {
    const server = values.get(`SUBSCR_${line - 1}_SIP_UA_DATA_SERVER_ID`);
    return `SRV_${server && /^\d{1,2}$/.test(server) ? Number(server) : line - 1}_${name}`;
  };
}

const table: KeyTable = {
  numbers: numbersMatching(/^SUBSCR_(\d+)_(?:SIP_UA_DATA_SIP_NAME|UA_DATA_AUTH_(?:NAME|PASS))$/, 0),
  mostLines: 8,
  lines: {
    userName: { keys: ['SUBSCR_{n0}_SIP_UA_DATA_SIP_NAME'], codec: userName, source: SOURCE },
    authName: { keys: ['SUBSCR_{n0}_UA_DATA_AUTH_NAME'], codec: plainText, source: SOURCE },
    password: { keys: ['SUBSCR_{n0}_UA_DATA_AUTH_PASS'], codec: plainText, source: SOURCE },
    displayName: { keys: ['SUBSCR_{n0}_UA_DATA_DISP_NAME'], codec: plainText, source: SOURCE },
    registrarHost: { keys: [ofServer('SIP_UA_DATA_DOMAIN')], codec: hostWithTransport, source: SOURCE },
    registrarPort: { keys: [ofServer('SIP_UA_DATA_SERVER_PORT')], codec: port, source: SOURCE },
    expiresSeconds: { keys: [ofServer('SIP_UA_DATA_REREG_TIME')], codec: seconds, source: SOURCE },
    outboundHost: { keys: [ofServer('SIP_UA_DATA_PROXY_ADDR')], codec: hostWithTransport, source: SOURCE },
  },
  settings: {
    voiceMailbox: { keys: ['SUBSCR_{n0}_SIP_UA_DATA_VOICE_MAILBOX_NUMBER'], codec: plainText, source: SOURCE },
  },
  phone: { ntpServer: { keys: ['NETWORK_SNTP_SERVER'], codec: plainText, source: SOURCE } },
  functionKeys: null,
};

/** Up to the first quote that a comment or the end of the line follows. */
const PAIR = /^%(\w{1,100})%[ \t]*:[ \t]*(?:"(.*?)"[ \t]*(?:\/\/.*)?|([^"/][^/]*?|)[ \t]*(?:\/\/.*)?)$/;
const LONGEST_LINE = 4000;

function parse(text: string): ParsedConfig {
  const entries: Entry[] = [];
  const warnings = new Set<string>();
  const lineBreak = lineBreakOf(text);
  const ends: LineEnds = { end: 0, trimmed: false, next: 0 };
  let line = 0;
  for (let start = 0; start < text.length; start = ends.next) {
    line += 1;
    endLine(text, start, lineBreak, ends);
    const content = text.slice(start, ends.end).trimStart();
    if (content === '' || content.startsWith('//') || content === 'END_OF_FILE') continue;
    const [, key, quoted, bare] = (content.length > LONGEST_LINE ? null : PAIR.exec(content)) ?? [];
    if (key === undefined) warnings.add(`line-not-understood:${line}`);
    else entries.push({ key, value: quoted ?? bare ?? '' });
    if (/(?:"|\s)\/\//.test(content.slice(0, LONGEST_LINE))) warnings.add('inline-comment-stripped');
  }
  return { entries, includes: [], warnings: [...warnings] };
}

export const m3Format: Format = {
  id: 'snom-m3',
  recognise: (body) => (/^%(?:SUBSCR|SRV|NETWORK|MANAGEMENT)_\w+%[ \t]*:/m.test(body.text) ? 'sure' : 'no'),
  parse,
  table,
  writer: null,
};
