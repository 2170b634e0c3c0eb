// How far the job of an import came, live: a stream of its own while it runs. What it says is put into what the cache holds of
// the import; lost, it is opened again and goes on with the present state.
import { useEffect, useState } from 'react';
import type { ImportProgressView } from '../../src/api/contract/import-jobs.ts';
import type { Answer } from '../api/client.ts';
import { pathOf } from '../api/client.ts';
import { queryClient, read } from '../api/query.ts';

const TRY_AGAIN_MS = 3_000;

export const importQuery = (id: string) => read('GET /imports/{id}', { params: { id } });

/** What was read of an import is out of date: the import, its rows, its problems. Lists of rows begin anew. */
export function forgetImport(id: string): void {
  const isOfIt = (key: readonly unknown[]) => (key[2] as { params?: { id?: string } } | undefined)?.params?.id === id;
  const isList = (key: readonly unknown[]) => (key[2] as { list?: true } | undefined)?.list === true;
  void queryClient.resetQueries({
    predicate: ({ queryKey }) => queryKey[0] === 'imports' && isOfIt(queryKey) && isList(queryKey),
  });
  void queryClient.invalidateQueries({
    predicate: ({ queryKey }) => queryKey[0] === 'imports' && isOfIt(queryKey) && !isList(queryKey),
  });
}

/** @returns false while the line is down */
export function useImportProgress(id: string, isRunning: boolean): boolean {
  const [isLive, setLive] = useState(true);
  useEffect(() => {
    if (!isRunning) return;
    let again: ReturnType<typeof setTimeout> | undefined;
    let source: EventSource | undefined;
    function open(): void {
      source = new EventSource(pathOf('GET /imports/{id}/stream', { params: { id } }));
      source.onopen = () => setLive(true);
      source.addEventListener('progress', (event) => {
        const { settled, ...progress } = JSON.parse((event as MessageEvent<string>).data) as ImportProgressView;
        if (settled) {
          source?.close();
          forgetImport(id);
          return;
        }
        queryClient.setQueryData<Answer<'GET /imports/{id}'>>(
          importQuery(id).queryKey,
          (old) => old && { ...old, ...progress },
        );
      });
      source.onerror = () => {
        setLive(false);
        // What was refused is not opened again by the browser. Perhaps it has settled meanwhile.
        if (source?.readyState !== EventSource.CLOSED) return;
        again = setTimeout(() => {
          void queryClient.invalidateQueries({ queryKey: importQuery(id).queryKey });
          open();
        }, TRY_AGAIN_MS);
      };
    }
    open();
    return () => {
      clearTimeout(again);
      source?.close();
    };
  }, [id, isRunning]);
  return isLive || !isRunning;
}
