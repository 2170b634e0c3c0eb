// Sync, pause and resume of the PBXs that are selected, or of all that match.
import { Text } from '@mantine/core';
import { useState } from 'react';
import { type Answer, type Body, call } from '../../api/client.ts';
import { useMay } from '../../api/me.ts';
import { Confirm } from '../../parts/confirm.tsx';
import { MayButton } from '../../parts/may-button.tsx';
import { tell, tellProblem } from '../../parts/toast.ts';
import { pbxWords } from '../../words/pbxs.ts';

const words = pbxWords.bulk;
type Bulk = Body<'POST /pbxs/bulk'>;
type Action = Bulk['action'];

export function BulkButtons({
  chosen,
  number,
  onDone,
}: {
  readonly chosen: Pick<Bulk, 'pbxIds' | 'filter'>;
  /** Null: nobody knows. */
  readonly number: number | null;
  readonly onDone: (ids: ReadonlySet<string>) => void;
}) {
  const [isPausing, setPausing] = useState(false);
  const [busy, setBusy] = useState<Action | null>(null);
  const maySync = useMay('pbx.sync');
  const mayChange = useMay('pbx.change');
  async function run(action: Action): Promise<void> {
    setBusy(action);
    try {
      const answer = await call('POST /pbxs/bulk', { body: { action, ...chosen } });
      sayWhat(action, answer);
      onDone(new Set(answer.items.map(({ id }) => id)));
    } finally {
      setBusy(null);
    }
  }
  const start = (action: Action) => void run(action).catch(tellProblem);
  return (
    <>
      <MayButton size="compact-sm" why={maySync.why} loading={busy === 'sync'} onClick={() => start('sync')}>
        {words.sync}
      </MayButton>
      <MayButton size="compact-sm" variant="default" why={mayChange.why} onClick={() => setPausing(true)}>
        {words.pause}
      </MayButton>
      <MayButton
        size="compact-sm"
        variant="default"
        why={mayChange.why}
        loading={busy === 'resume'}
        onClick={() => start('resume')}
      >
        {words.resume}
      </MayButton>
      <Confirm
        opened={isPausing}
        onClose={() => setPausing(false)}
        title={words.pauseTitle}
        deed={words.pause}
        onConfirm={() => run('pause')}
      >
        <Text size="sm">{words.pauseText(number)}</Text>
      </Confirm>
    </>
  );
}

function sayWhat(action: Action, { changed, items }: Answer<'POST /pbxs/bulk'>): void {
  const users = items.reduce((sum, { requested }) => sum + (requested ?? 0), 0);
  const skipped = items.filter(({ result }) => result === 'skipped').length;
  tell([words.done[action](changed, users), ...(skipped > 0 ? [words.skipped(skipped)] : [])].join(' '));
  const failed = items.filter(({ result }) => result === 'failed');
  if (failed.length > 0) {
    tell(
      words.failed(failed.map(({ name, message }) => [name, message].filter(Boolean).join(': '))),
      words.failedTitle,
    );
  }
}
