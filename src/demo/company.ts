// The made-up companies of the demo: who works there, which phone they have, what goes wrong with four of them.
import { randomInt } from 'node:crypto';

/** What the demo plans for a user: the code that must come out, or null for a good one. */
export type Plan = null | 'HTTP_404' | 'HTTP_401' | 'BODY_HTML' | 'MAC_MISMATCH';

export interface Person {
  readonly name: string;
  readonly extension: string;
  /** As the PBX has it in the label of the line. */
  readonly label: string;
  readonly sipPassword: string;
  /** Twelve lower-case hex digits; null: we assign one and the PBX learns it later. */
  readonly mac: string | null;
  readonly plan: Plan;
}

export interface Company {
  readonly name: string;
  readonly domain: string;
  readonly people: readonly Person[];
}

const CLINIC_STAFF = [
  'Reception',
  'Ana Ortiz',
  'Benedikt Haas',
  'Chidi Okafor',
  'Dana Whitfield',
  'Elif Yıldız',
  'Farid Rahmani',
  'Grace Kim',
  'Henrik Sørensen',
  'Imani Carter',
  'Jonas Weber',
  'Kateryna Shevchenko',
  'Liam O’Connor',
  'Mei-Ling Chen',
  'Noah Fischer',
  'Olivia Grant',
  'Priya Nair',
  'Quentin Moreau',
  'Rosa Delgado',
  'Samuel Adeyemi',
  'Tomás Herrera',
  'Ulla Lindqvist',
  'Victor Petrov',
  'Wanda Kowalska',
  'Xavier Dubois',
  'Yuki Tanaka',
  'Zoë Martin',
  'Amara Diallo',
  'Bruno Costa',
  'Clara Jensen',
  'Dev Patel',
  'Emma Novak',
  'Felix Braun',
  'Giulia Ricci',
  'Hassan Ali',
  'Ingrid Berg',
  'Radiology',
  'Night Desk',
  'Pharmacy',
  'Conference Room',
] as const;

const FREIGHT_STAFF = [
  'Dispatch',
  'Marta Silva',
  'Owen Hughes',
  'Nadia Haddad',
  'Piotr Zieliński',
  'Ruth Ndlovu',
  'Stefan Keller',
  'Tara Brennan',
  'Umar Farooq',
  'Warehouse Gate',
] as const;

/** Phone text formats have no quoting, so exactly these characters have to survive as they are. */
const AWKWARD = '#;=%&<>"\'\\$!?/+@^~{}[]|,:';
const PLAIN = 'abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789';

function pick(from: string): string {
  return from.charAt(randomInt(from.length));
}

/** Sixteen characters, four of them awkward, none at the ends (a phone trims those it would lose). */
function makeSipPassword(): string {
  const middle = Array.from({ length: 14 }, (_, index) => pick(index % 4 === 1 ? AWKWARD : PLAIN));
  return `${pick(PLAIN)}${middle.join('')}${pick(PLAIN)}`;
}

/** 555-0100 to 555-0199 are kept for fiction. Offices write them in every way there is. */
function labelFor(name: string, index: number, digits: string): string {
  const area = '202';
  switch (index % 4) {
    case 0:
      return `+1 ${area} 555 ${digits}`;
    case 1:
      return `${name.split(' ')[0]} (${area}) 555-${digits}`;
    case 2:
      return `+1${area}555${digits}`;
    default:
      return `${area}-555-${digits}`;
  }
}

/** 00-00-5E-00-53-00 to -FF are kept for documents. */
function documentMac(index: number): string {
  return `00005e0053${index.toString(16).padStart(2, '0')}`;
}

const MISHAPS: ReadonlyMap<string, Plan> = new Map([
  ['Night Desk', 'HTTP_404'],
  ['Quentin Moreau', 'HTTP_401'],
  ['Giulia Ricci', 'BODY_HTML'],
  ['Bruno Costa', 'MAC_MISMATCH'],
]);

/** The one user with a login of their own in the CSV, which the PBX does not accept. */
export const WRONG_LOGIN = { username: 'q.moreau', password: 'Sommer;2019#alt' } as const;

export function clinic(): Company {
  return {
    name: 'Lakeside Clinic',
    domain: 'sip.lakeside-clinic.example',
    people: CLINIC_STAFF.map((name, index) => ({
      name,
      extension: String(2100 + index),
      label: labelFor(name, index, String(100 + index).padStart(4, '0')),
      sipPassword: makeSipPassword(),
      mac: documentMac(index + 1),
      plan: MISHAPS.get(name) ?? null,
    })),
  };
}

export function freight(): Company {
  return {
    name: 'Northgate Freight',
    domain: 'sip.northgate-freight.example',
    people: FREIGHT_STAFF.map((name, index) => ({
      name,
      extension: String(3100 + index),
      label: labelFor(name, index, String(160 + index).padStart(4, '0')),
      sipPassword: makeSipPassword(),
      mac: null,
      plan: null,
    })),
  };
}
