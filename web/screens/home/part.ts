// One part of the overview, read by itself.
import { useQuery } from '@tanstack/react-query';
import type { OverviewView as Overview } from '../../../src/api/contract/overview.ts';
import { read } from '../../api/query.ts';

export type { Overview };

/** How far an upload is tells no entry of the feed. */
const WHILE_UPLOADING_MS = 2_000;

export interface Part<Value> {
  /** What was read last; undefined: nothing yet. */
  readonly value: Value | undefined;
  /** Of the newest try. */
  readonly error: unknown;
  again(): void;
}

export function usePart<P extends keyof Overview>(part: P): Part<Overview[P]> {
  const query = useQuery({
    ...read('GET /overview', { query: { parts: part } }),
    refetchInterval: ({ state }) => (state.data?.imports?.total ? WHILE_UPLOADING_MS : false),
  });
  return {
    value: query.data?.[part] as Overview[P] | undefined,
    error: query.error,
    again: () => void query.refetch(),
  };
}
