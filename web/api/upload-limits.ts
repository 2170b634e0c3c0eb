// How large a file may be that is uploaded: a setting of the installation.
import { useQuery } from '@tanstack/react-query';
import type { Answer } from './client.ts';
import { read } from './query.ts';

/** Null until it is known: the server refuses what is too large in any case. */
export function useUploadLimits(): Answer<'GET /installation'>['uploadLimits'] | null {
  return useQuery(read('GET /installation')).data?.uploadLimits ?? null;
}
