// A new key on its way to a running process through the database: encrypted to a key pair that only this process has, so
// that a copy of the database does not give the new key to whoever has the old one. Knows no database.
import {
  createPublicKey,
  createSecretKey,
  diffieHellman,
  generateKeyPairSync,
  hkdfSync,
  type KeyObject,
} from 'node:crypto';
import { type Place, sealWith, unsealWith, type WrappingKey } from './sealed.ts';

const ID = 'handover';

function placeOf(holderId: string): Place {
  return { tenant: '', table: 'key_holders', row: holderId, column: 'handed_over' };
}

/** HKDF over the shared secret, bound to both public keys. */
function wrappingKey(own: KeyObject, other: KeyObject, publics: string): WrappingKey {
  const shared = diffieHellman({ privateKey: own, publicKey: other });
  const key = Buffer.from(hkdfSync('sha256', shared, Buffer.from(publics), 'provender/v1/key-handover', 32));
  return { id: ID, key: createSecretKey(key) };
}

const publicText = (key: KeyObject) => key.export({ type: 'spki', format: 'der' }).toString('base64');
const publicOf = (text: string) => createPublicKey({ key: Buffer.from(text, 'base64'), type: 'spki', format: 'der' });

export interface HandoverPair {
  readonly publicKey: string;
  /** @throws when it was not handed over to this pair */
  open(holderId: string, handedOver: string): Buffer;
}

export function createHandoverPair(): HandoverPair {
  const pair = generateKeyPairSync('x25519');

  const publicKey = publicText(pair.publicKey);
  return {
    publicKey,
    open(holderId, handedOver) {
      const [sender = '', sealed = ''] = handedOver.split(' ');
      const key = wrappingKey(pair.privateKey, publicOf(sender), `${sender} ${publicKey}`);
      return Buffer.from(
        unsealWith((id) => (id === ID ? key : undefined), sealed, placeOf(holderId)),
        'base64url',
      );
    },
  };
}

/** The key, for the process with this id and public key alone. */
export function handOver(holderId: string, publicKey: string, key: Buffer): string {
  const pair = generateKeyPairSync('x25519');
  const sender = publicText(pair.publicKey);
  const wrapping = wrappingKey(pair.privateKey, publicOf(publicKey), `${sender} ${publicKey}`);
  return `${sender} ${sealWith(wrapping, key.toString('base64url'), placeOf(holderId))}`;
}
