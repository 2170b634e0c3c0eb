// A new upload: the file and its rules, what its columns mean, and sending it. What it is to be is in the address; the file
// itself cannot be.
import '@mantine/dropzone/styles.css';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { useRef, useState } from 'react';
import { call, upload } from '../../api/client.ts';
import { useMay, useMe } from '../../api/me.ts';
import { read } from '../../api/query.ts';
import { PageHead } from '../../parts/page-head.tsx';
import { Trouble, Waiting } from '../../parts/states.tsx';
import { tell } from '../../parts/toast.ts';
import { importWords } from '../../words/imports.ts';
import { ChooseFile, type ChosenFile, type Rules } from './choose-file.tsx';
import {
  columnNamed,
  type Guess,
  guessMapping,
  type Known,
  namesFor,
  rememberedMapping,
  rememberMapping,
} from './columns.ts';
import { type Delimiter, HEAD_BYTES, readHead, withHeader } from './csv-head.ts';
import { MapColumns, type Sending } from './map-columns.tsx';
import { Steps } from './steps.tsx';

const route = getRouteApi('/shell/imports/new');

export function NewImportScreen() {
  const known = useQuery({ ...read('GET /imports/columns'), staleTime: Number.POSITIVE_INFINITY });
  return (
    <>
      <PageHead title={importWords.newTitle} about={importWords.about} trail={[[importWords.title, '/imports']]} />
      {known.data ? (
        <NewImport known={known.data} />
      ) : known.error ? (
        <Trouble error={known.error} onRetry={() => void known.refetch()} />
      ) : (
        <Waiting />
      )}
    </>
  );
}

function NewImport({ known }: { readonly known: Known }) {
  const rules = useRules();
  const [chosen, setChosen] = useState<ChosenFile | null>(null);
  const [guess, setGuess] = useState<Guess & { readonly isRemembered: boolean }>(NOTHING);
  const sender = useSender(rules, known);
  const { step = 'file' } = route.useSearch();
  const navigate = route.useNavigate();
  const go = (to: 'file' | 'columns') => void navigate({ search: (old) => ({ ...old, step: to }) });

  async function choose(file: File, delimiter?: Delimiter): Promise<void> {
    const bytes = new Uint8Array(await file.slice(0, HEAD_BYTES).arrayBuffer());
    const isKnown = (cell: string) => columnNamed(known, cell) !== null;
    const result = readHead(bytes, file.size <= HEAD_BYTES, isKnown, delimiter);
    setChosen({ file, result });
    sender.forget();
    if (result.ok) setGuess(startWith(known, rules.tenantId, result.head.header));
  }
  const head = chosen?.result.ok ? chosen.result.head : null;
  const at = step === 'columns' && head !== null ? 'columns' : 'file';
  return (
    <>
      <Steps
        step={at}
        reached={head === null ? 'file' : 'columns'}
        onStep={(to) => (to === 'file' || to === 'columns') && go(to)}
      />
      {at === 'file' || head === null || chosen === null ? (
        <ChooseFile
          rules={rules}
          chosen={chosen}
          isLost={step === 'columns' && chosen === null}
          onFile={choose}
          onNext={() => go('columns')}
        />
      ) : (
        <MapColumns
          known={known}
          head={head}
          guess={guess}
          mayNot={rules.mayNot}
          sending={sender.sending}
          error={sender.error}
          onChange={(mapping) => setGuess({ mapping, unsure: stillUnsure(guess, mapping), isRemembered: false })}
          onGuessAgain={() => setGuess({ ...guessMapping(known, head.header), isRemembered: false })}
          onBack={() => go('file')}
          onCallOff={sender.callOff}
          onSend={() => void sender.send(chosen.file, head, guess.mapping)}
        />
      )}
    </>
  );
}

/** What a person chose is no guess any more. */
function stillUnsure({ unsure, mapping: before }: Guess, mapping: Guess['mapping']): ReadonlySet<number> {
  return new Set([...unsure].filter((place) => mapping[place] === before[place]));
}

const NOTHING = { mapping: [], unsure: new Set<number>(), isRemembered: false };

function startWith(known: Known, tenantId: string, header: readonly string[]) {
  const remembered = rememberedMapping(localStorage, known, tenantId, header);
  return remembered
    ? { mapping: remembered, unsure: new Set<number>(), isRemembered: true }
    : { ...guessMapping(known, header), isRemembered: false };
}

/** What the upload says once for all rows; kept in the address. */
function useRules(): Rules {
  const me = useMe();
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const tenantId = search.tenant ?? me.grants[0]?.tenantId ?? me.tenantId;
  const { why } = useMay('import.change', search.pbx === undefined ? undefined : { tenantId, pbxId: search.pbx });
  return {
    tenantId,
    pbxId: search.pbx ?? null,
    voiceRouteId: search.route ?? null,
    userType: search.type === 'trunk' || search.type === 'callApp' ? search.type : 'pbx',
    existing: search.existing === 'skip' || search.existing === 'update' ? search.existing : 'error',
    createMissing: search.missing !== 'false',
    mayNot: why,
    change: (change) => void navigate({ search: (old) => ({ ...old, ...change }), replace: true }),
  };
}

/** Sends the file, asks for the check, and goes to the upload that it became. */
function useSender(rules: Rules, known: Known) {
  const client = useQueryClient();
  const navigate = route.useNavigate();
  const [sending, setSending] = useState<Sending>(null);
  const [error, setError] = useState<unknown>(null);
  const stop = useRef<AbortController | null>(null);

  async function send(file: File, head: Parameters<typeof withHeader>[1], mapping: Guess['mapping']): Promise<void> {
    const names = namesFor(known, head.header, mapping);
    stop.current = new AbortController();
    setError(null);
    setSending({ share: 0 });
    try {
      const made = await upload('POST /imports', {
        query: {
          tenantId: rules.tenantId,
          ...(rules.pbxId && { pbx: rules.pbxId }),
          ...(rules.voiceRouteId && { voiceRoute: rules.voiceRouteId }),
          userType: rules.userType,
          existing: rules.existing,
          createMissing: rules.createMissing ? 'true' : 'false',
          fileName: file.name.slice(0, 255),
        },
        file: names === null ? file : withHeader(file, head, names),
        type: head.delimiter === '\t' ? 'text/tab-separated-values' : 'text/csv',
        onProgress: (share) => setSending({ share }),
        signal: stop.current.signal,
      });
      rememberMapping(localStorage, rules.tenantId, head.header, mapping);
      // A check that cannot be asked for now can be asked for there.
      const checked = await call('POST /imports/{id}/validate', { params: { id: made.id } }).catch(() => made);
      client.setQueryData(read('GET /imports/{id}', { params: { id: made.id } }).queryKey, checked);
      void client.invalidateQueries({ queryKey: ['imports', 'GET /imports'] });
      await navigate({ to: '/imports/$id', params: { id: made.id }, search: { step: 'check' } });
    } catch (problem) {
      if (problem instanceof DOMException && problem.name === 'AbortError') tell(importWords.columns.calledOff);
      else setError(problem);
    } finally {
      setSending(null);
    }
  }
  return { sending, error, send, callOff: () => stop.current?.abort(), forget: () => setError(null) };
}
