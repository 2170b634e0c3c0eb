// Fields that were really seen in a file of the PBX: by the last test in this window, or by the last harvest of one of its users.
import { useQuery } from '@tanstack/react-query';
import type { Answer, ItemOf } from '../../api/client.ts';
import { queryClient, read } from '../../api/query.ts';

type TestResult = Answer<'POST /pbxs/{id}/test'>;

export interface SeenField {
  /** Set as didField. */
  readonly field: string;
  readonly value: string;
  /** What it normalises to; null: no full number, or nobody looked. */
  readonly did: string | null;
}

export interface SeenFields {
  readonly from: 'test' | 'harvest' | null;
  readonly fields: readonly SeenField[];
}

const NOTHING: SeenFields = { from: null, fields: [] };
const keyOfTest = (pbxId: string) => ['pbx-tests', pbxId] as const;

/** Kept while the window is open. */
export function keepTest(pbxId: string, result: TestResult): void {
  if (result.didCandidates.length > 0) queryClient.setQueryData(keyOfTest(pbxId), result);
}

export function useSeenFields(pbxId: string, enabled: boolean): SeenFields {
  const test = useQuery<TestResult | null>({
    queryKey: keyOfTest(pbxId),
    queryFn: () => null,
    initialData: null,
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: Number.POSITIVE_INFINITY,
  }).data;
  const harvested = useQuery({
    ...read('GET /users', { query: { pbxId, status: 'provisioned', limit: '1' } }),
    enabled: enabled && test === null,
    staleTime: 60_000,
  });
  const userId = harvested.data?.items[0]?.id;
  const lines = useQuery({
    ...read('GET /users/{id}/lines', { params: { id: userId ?? '' } }),
    enabled: enabled && test === null && userId !== undefined,
    staleTime: 60_000,
  });
  if (test !== null) {
    return { from: 'test', fields: test.didCandidates.map(({ field, value, did }) => ({ field, value, did })) };
  }
  const newest = lines.data?.items[0];
  return newest === undefined ? NOTHING : { from: 'harvest', fields: fieldsOf(newest) };
}

/** The roles of the line that was chosen; keys of the file are not kept, but for the one that the DID came from. */
function fieldsOf(version: ItemOf<'GET /users/{id}/lines'>): SeenField[] {
  const line = version.lines.find((one) => one.line === version.line);
  const roles = (['label', 'displayName', 'userName', 'authName'] as const).flatMap((field) => {
    const value = line?.[field];
    return value ? [{ field, value, did: null }] : [];
  });
  const { didField, didText } = version;
  const used = didField !== null && didText !== null ? [{ field: didField, value: didText, did: null }] : [];
  return [...used.filter(({ field }) => roles.every((role) => role.field !== field)), ...roles];
}
