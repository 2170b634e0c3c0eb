// Passwords shown to a person: with a reason, after a fresh sign-in, and only for a minute.
import { Button, Group, Modal, Stack, Text, TextInput } from '@mantine/core';
import { type ReactNode, useEffect, useState } from 'react';
import { type Answer, call } from '../../api/client.ts';
import { useFresh } from '../../parts/confirm.tsx';
import { CopyText } from '../../parts/copy-text.tsx';
import { useDeed } from '../../parts/deed.ts';
import { DialogFoot } from '../../parts/dialog-foot.tsx';
import { Facts } from '../../parts/facts.tsx';
import { commonWords } from '../../words/common.ts';
import { nameOf, userWords } from '../../words/users.ts';
import type { OneUser } from './user.tsx';

type Revealed = Answer<'POST /users/{id}/reveal'>;

const { detail: words } = userWords;
const SHOWN_MS = 60_000;

export function useReveal(user: OneUser): { readonly open: () => void; readonly dialog: ReactNode } {
  const [isOpen, setOpen] = useState(false);
  return {
    open: () => setOpen(true),
    dialog: isOpen && <Reveal user={user} onClose={() => setOpen(false)} />,
  };
}

function Reveal({ user, onClose }: { readonly user: OneUser; readonly onClose: () => void }) {
  const [fresh, freshDialog] = useFresh();
  const [reason, setReason] = useState('');
  const [shown, setShown] = useState<Revealed | null>(null);
  const deed = useDeed();
  useEffect(() => {
    if (shown === null) return;
    const timer = setTimeout(onClose, SHOWN_MS);
    return () => clearTimeout(timer);
  }, [shown, onClose]);
  const reveal = () =>
    deed.run(async () => {
      const given = await fresh(() =>
        call('POST /users/{id}/reveal', { params: { id: user.id }, body: { reason: reason.trim() } }),
      );
      setShown(given);
    });
  return (
    <>
      <Modal
        opened
        onClose={onClose}
        title={words.revealTitle(nameOf(user))}
        closeButtonProps={{ 'aria-label': commonWords.close }}
        centered
      >
        {shown ? (
          <Stack>
            <Text size="sm">{words.revealShort}</Text>
            <Facts facts={secretsOf(shown)} />
            <Group justify="flex-end">
              <Button variant="default" onClick={onClose} data-autofocus>
                {commonWords.close}
              </Button>
            </Group>
          </Stack>
        ) : (
          <form
            onSubmit={(event) => {
              event.preventDefault();
              void reveal();
            }}
          >
            <Stack>
              <TextInput
                label={words.revealWhy}
                description={words.revealAudited}
                value={reason}
                onChange={(event) => setReason(event.currentTarget.value)}
                maxLength={500}
                data-autofocus
              />
              <DialogFoot
                error={deed.error}
                onCancel={onClose}
                isBusy={deed.isBusy}
                disabled={reason.trim().length < 3}
                deed={words.reveal}
              />
            </Stack>
          </form>
        )}
      </Modal>
      {freshDialog}
    </>
  );
}

function secretsOf({ account, provUsername, provPassword, portalLoginName, portalLoginPassword }: Revealed) {
  const all: [string, string | null | undefined][] = [
    [words.authName, account?.authName ?? account?.userName],
    [words.password, account?.password],
    [words.ha1, account?.ha1],
    [words.provUsername, provUsername],
    [words.provPassword, provPassword],
    [words.portalName, portalLoginName],
    [words.portalPassword, portalLoginPassword],
  ];
  return all.flatMap(([name, text]) =>
    text ? [[name, <CopyText key={name} text={text} label={name} />] as const] : [],
  );
}
