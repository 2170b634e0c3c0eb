import { sql } from 'drizzle-orm';
import { v7 as uuidv7 } from 'uuid';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makePseudoMac, parseOui } from '../../src/intake/pseudo-mac.ts';
import type { PbxFacts, UserDraft } from '../../src/intake/row.ts';
import { openDatabase } from '../../src/store/database.ts';
import { insertUsers, readPbxFacts } from '../../src/store/new-users.ts';
import { type MakeMac, pickPseudoMacs } from '../../src/store/pseudo-macs.ts';
import { pbxs } from '../../src/store/schema.ts';
import type { UserStore } from '../../src/store/users.ts';
import { type Mac, parseMac } from '../../vendors/mac.ts';
import { type TestDatabase, testDatabase } from '../help/database.ts';

let store: TestDatabase;
beforeAll(async () => {
  store = await testDatabase();
});
afterAll(() => store.close());

const draft: UserDraft = {
  name: null,
  teamsUserId: null,
  sipUserId: null,
  userTag: null,
  mac: { kind: 'assign' },
  autoProvision: 'inherit',
  provUsername: null,
  provPassword: null,
  did: null,
  lineRule: null,
  userType: 'pbx',
  voiceRouteId: null,
  useTeamsVoicemail: null,
  sipAuthId: null,
  sipPassword: null,
  portalLoginName: null,
  portalLoginPassword: null,
  didList: null,
  defaultDidIndex: null,
};

async function addPbx(oui: string | null): Promise<PbxFacts> {
  const id = uuidv7();
  await store.database.db.insert(pbxs).values({
    id,
    tenantId: store.tenantId,
    name: id,
    autoProvision: true,
    autoAssignMac: true,
    pseudoMacOui: oui,
  });
  const [pbx] = await readPbxFacts(store.database.db, store.tenantId, [id]);
  if (pbx === undefined) throw new Error('no PBX');
  return pbx;
}

/** Only `size` MACs below each OUI. */
function smallSpace(size: number): MakeMac {
  return (oui) =>
    `${oui ?? '02bb00'}${Math.floor(Math.random() * size)
      .toString(16)
      .padStart(6, '0')}` as Mac;
}

const origin = { source: 'import', importId: null } as const;
const tools = (makeMac: MakeMac): UserStore => ({
  ring: store.ring,
  makeMac,
  tenantId: store.tenantId,
  pbxIds: null,
  actor: 'test',
});

describe('makePseudoMac', () => {
  it('is locally administered and unicast, or below the OUI', () => {
    for (let n = 0; n < 2000; n += 1) {
      const mac = makePseudoMac();
      expect(mac).toMatch(/^[0-9a-f][26ae][0-9a-f]{10}$/);
      expect(parseMac(mac).ok).toBe(true);
      expect(makePseudoMac('001565')).toMatch(/^001565[0-9a-f]{6}$/);
    }
  });

  it('reads an OUI in any spelling and refuses one for groups', () => {
    expect(parseOui('00:15:65')).toEqual({ ok: true, oui: '001565' });
    expect(parseOui('AC-DE-48')).toEqual({ ok: true, oui: 'acde48' });
    expect(parseOui('01:15:65').ok).toBe(false);
    expect(parseOui('0015').ok).toBe(false);
  });
});

describe('assigning pseudo-MACs', () => {
  it('gives each user another one when two pools assign at once in a small space', async () => {
    const pbx = await addPbx('02aa01');
    const other = await openDatabase(store.url);
    try {
      const batch = (database: typeof store.database, count: number) =>
        database.db.transaction((tx) =>
          insertUsers(
            tx,
            tools(smallSpace(400)),
            origin,
            Array.from({ length: count }, () => ({ draft, pbx })),
          ),
        );
      const all = (await Promise.all([0, 1, 2].flatMap(() => [batch(store.database, 50), batch(other, 50)]))).flat();
      expect(all.filter((outcome) => outcome.ok)).toHaveLength(300);
      const macs = all.map((outcome) => (outcome.ok ? outcome.mac : null));
      expect(new Set(macs).size).toBe(300);
      for (const mac of macs) expect(mac).toMatch(/^02aa01/);
    } finally {
      await other.close();
    }
  });

  it('picks again when somebody else was quicker', async () => {
    const pbx = await addPbx(null);
    const other = await openDatabase(store.url);
    try {
      const one = async (database: typeof store.database) => {
        const [outcome] = await database.db.transaction((tx) =>
          insertUsers(tx, tools(smallSpace(70)), origin, [{ draft, pbx }]),
        );
        return outcome?.ok ? outcome.mac : null;
      };
      const macs = await Promise.all(Array.from({ length: 60 }, (_, n) => one(n % 2 === 0 ? store.database : other)));
      expect(macs).not.toContain(null);
      expect(new Set(macs).size).toBe(60);
    } finally {
      await other.close();
    }
  });

  it('says so when the space is full, and inserts the others', async () => {
    const pbx = await addPbx('02aa02');
    const users = Array.from({ length: 12 }, () => ({ draft, pbx }));
    const outcomes = await store.database.db.transaction((tx) => insertUsers(tx, tools(smallSpace(8)), origin, users));
    expect(outcomes.filter((outcome) => outcome.ok)).toHaveLength(8);
    const refused = outcomes.flatMap((outcome) => (outcome.ok ? [] : outcome.problems));
    expect(refused.map((problem) => problem.code)).toEqual([
      'PSEUDO_MAC_SPACE',
      'PSEUDO_MAC_SPACE',
      'PSEUDO_MAC_SPACE',
      'PSEUDO_MAC_SPACE',
    ]);
  });

  it('never takes a MAC that somebody typed', async () => {
    const pbx = await addPbx('02aa03');
    const typed = [0, 1, 2, 3, 4, 5, 6].map((n) => `02aa0300000${n}` as Mac);
    const users = typed.map((mac) => ({
      draft: { ...draft, mac: { kind: 'typed', mac }, lineRule: '2' } as const,
      pbx,
    }));
    await store.database.db.transaction((tx) => insertUsers(tx, tools(smallSpace(8)), origin, users));
    const [outcome] = await store.database.db.transaction((tx) =>
      insertUsers(tx, tools(smallSpace(8)), origin, [{ draft, pbx }]),
    );
    expect(outcome).toMatchObject({ ok: true, mac: '02aa03000007', macAssigned: true });
  });

  it('picks for thousands', async () => {
    const wanted = Array.from({ length: 5000 }, () => null);
    const macs = await pickPseudoMacs(store.database.db, wanted, makePseudoMac);
    expect(new Set(macs).size).toBe(5000);
    expect(macs).not.toContain(null);
    const [row] = await store.database.db.execute(sql`select 1 from users where mac = ${macs[0]}`);
    expect(row).toBeUndefined();
  });
});
