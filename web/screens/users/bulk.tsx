// One action on many users: what can be done to those that are selected, and the dialogs that first say what would happen.
import { List, Stack, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { type ReactNode, useState } from 'react';
import { type Body, call } from '../../api/client.ts';
import { useMay } from '../../api/me.ts';
import { Confirm } from '../../parts/confirm.tsx';
import { MayButton } from '../../parts/may-button.tsx';
import { Trouble } from '../../parts/states.tsx';
import { tell } from '../../parts/toast.ts';
import { count } from '../../words/common.ts';
import { userWords } from '../../words/users.ts';
import { BulkChangeFields } from './bulk-change.tsx';
import { PbxPick } from './pbx-pick.tsx';

type BulkBody = Body<'POST /users/bulk'>;
export type BulkAction = BulkBody['action'];
/** Whom it is done to: these, or all that match. */
export type Chosen = Pick<BulkBody, 'userIds' | 'filter'>;

const { bulk: words } = userWords;

const BUTTONS: Readonly<Record<BulkAction, string>> = {
  sync: userWords.sync,
  enable: userWords.switchOn,
  disable: userWords.switchOff,
  change: userWords.change,
  move: userWords.move,
  assign: userWords.assign,
  erase: userWords.erase,
};

export function BulkButtons({ onChoose }: { readonly onChoose: (action: BulkAction) => void }) {
  const whyNot = {
    sync: useMay('user.sync').why,
    change: useMay('user.change').why,
    erase: useMay('user.delete').why,
  };
  return (Object.keys(BUTTONS) as BulkAction[]).map((action) => (
    <MayButton
      key={action}
      size="compact-sm"
      variant={action === 'sync' ? 'filled' : 'default'}
      why={action === 'sync' || action === 'erase' ? whyNot[action] : whyNot.change}
      onClick={() => onChoose(action)}
    >
      {BUTTONS[action]}
    </MayButton>
  ));
}

interface BulkDialogProps {
  readonly action: BulkAction;
  readonly chosen: Chosen;
  readonly onClose: () => void;
  readonly onDone: (action: BulkAction) => void;
}

/** Asks the server what would be done, shows it, and does it when that is confirmed. */
export function BulkDialog({ action, chosen, onClose, onDone }: BulkDialogProps) {
  const [pbxId, setPbxId] = useState<string | null>(null);
  const [changes, setChanges] = useState<BulkBody['changes']>({});
  const isReady =
    action === 'move' ? pbxId !== null : action === 'change' ? Object.keys(changes ?? {}).length > 0 : true;
  const body: BulkBody = {
    ...chosen,
    action,
    ...(action === 'move' && pbxId !== null && { pbxId }),
    ...(action === 'change' && { changes }),
  };
  const trial = useQuery({
    queryKey: ['bulk-trial', body],
    queryFn: ({ signal }) => call('POST /users/bulk', { body: { ...body, dryRun: true }, signal }),
    enabled: isReady,
    staleTime: 0,
    gcTime: 0,
    retry: false,
  });
  const would = trial.data;

  async function doIt(): Promise<void> {
    const done = await call('POST /users/bulk', {
      body: { ...body, ...(action === 'erase' && would && { confirm: would.matched }) },
    });
    const left = done.skipped.reduce((sum, skip) => sum + skip.count, 0);
    tell(words.done(BUTTONS[action], done.changed, left));
    onDone(action);
  }

  return (
    <Confirm
      opened
      onClose={onClose}
      title={words.titles[action]}
      deed={would && would.changed > 0 ? `${BUTTONS[action]}: ${count(would.changed, 'user')}` : BUTTONS[action]}
      danger={action === 'erase'}
      disabled={!would || would.changed === 0 || trial.isFetching}
      {...(action === 'erase' && would && would.matched > 0 && { typed: String(would.matched) })}
      onConfirm={doIt}
    >
      <Stack gap="sm">
        <Text size="sm">{words.what[action]}</Text>
        {action === 'move' && (
          <PbxPick label={words.toPbx} description={words.sameTenant} value={pbxId} onChange={setPbxId} />
        )}
        {action === 'change' && <BulkChangeFields onChange={setChanges} />}
        <div role="status" aria-live="polite">
          {isReady ? <Trial trial={trial} action={action} /> : action === 'change' && words.nothingChosen}
        </div>
      </Stack>
    </Confirm>
  );
}

function Trial({
  trial,
  action,
}: {
  readonly trial: {
    readonly data: Awaited<ReturnType<typeof call<'POST /users/bulk'>>> | undefined;
    readonly error: unknown;
    refetch(): unknown;
  };
  readonly action: BulkAction;
}): ReactNode {
  if (trial.error) return <Trouble error={trial.error} onRetry={() => void trial.refetch()} />;
  if (!trial.data) return <Text size="sm">{`${words.counting} …`}</Text>;
  const { matched, changed, skipped } = trial.data;
  return (
    <Stack gap={4}>
      <Text size="sm" fw={600}>
        {changed === 0 ? words.nobody : words.would(BUTTONS[action], changed, matched)}
      </Text>
      {skipped.length > 0 && (
        <>
          <Text size="sm">{words.skips(skipped.reduce((sum, skip) => sum + skip.count, 0))}</Text>
          <List size="sm">
            {skipped.map((skip) => (
              <List.Item key={skip.code}>{words.skipped(skip.count, skip.message)}</List.Item>
            ))}
          </List>
        </>
      )}
    </Stack>
  );
}
