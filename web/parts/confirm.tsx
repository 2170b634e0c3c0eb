// Asking before something that cannot be taken back, and asking for the password again where the server wants it fresh.
import { Modal, PasswordInput, Stack, Text, TextInput } from '@mantine/core';
import { type ReactNode, useState } from 'react';
import { call } from '../api/client.ts';
import { isProblem } from '../api/problem.ts';
import { commonWords } from '../words/common.ts';
import { DialogFoot } from './dialog-foot.tsx';

interface ConfirmProps {
  readonly opened: boolean;
  readonly onClose: () => void;
  readonly title: string;
  readonly children: ReactNode;
  /** What the button says: the deed, not "OK". */
  readonly deed: string;
  /** Has to be typed first: for what destroys. */
  readonly typed?: string;
  readonly danger?: boolean;
  /** Something has to be chosen or known first. */
  readonly disabled?: boolean;
  /** What it throws is shown, and the dialog stays. */
  readonly onConfirm: () => Promise<unknown>;
}

export function Confirm(props: ConfirmProps) {
  const { opened, onClose, title, children, deed, typed, danger = false, disabled = false, onConfirm } = props;
  const [text, setText] = useState('');
  const [error, setError] = useState<unknown>(null);
  const [isBusy, setBusy] = useState(false);
  function close(): void {
    setText('');
    setError(null);
    onClose();
  }
  async function confirm(): Promise<void> {
    setBusy(true);
    setError(null);
    try {
      await onConfirm();
      close();
    } catch (problem) {
      setError(problem);
    } finally {
      setBusy(false);
    }
  }
  return (
    <Modal
      opened={opened}
      onClose={close}
      title={title}
      closeButtonProps={{ 'aria-label': commonWords.close }}
      centered
    >
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void confirm();
        }}
      >
        <Stack>
          <Text size="sm" component="div">
            {children}
          </Text>
          {typed !== undefined && (
            <TextInput
              label={commonWords.typeToConfirm(typed)}
              value={text}
              onChange={(event) => setText(event.currentTarget.value)}
              autoComplete="off"
              data-autofocus
            />
          )}
          <DialogFoot
            error={error}
            onCancel={close}
            isBusy={isBusy}
            disabled={disabled || (typed !== undefined && text.trim() !== typed)}
            danger={danger}
            deed={deed}
          />
        </Stack>
      </form>
    </Modal>
  );
}

/**
 * For what needs a fresh sign-in: `const [fresh, dialog] = useFresh()`, `await fresh(() => call(...))`, and `{dialog}` in the
 * page. Asks for the password when the server says that it wants it, and does the deed again.
 * @throws what the deed throws; an AbortError when the dialog is closed
 */
export function useFresh(): readonly [<T>(deed: () => Promise<T>) => Promise<T>, ReactNode] {
  const [asked, setAsked] = useState<{ readonly done: () => void; readonly stop: () => void } | null>(null);
  const [password, setPassword] = useState('');
  const [error, setError] = useState<unknown>(null);
  const [isBusy, setBusy] = useState(false);
  async function fresh<T>(deed: () => Promise<T>): Promise<T> {
    try {
      return await deed();
    } catch (problem) {
      if (!isProblem(problem, 'not-fresh')) throw problem;
      await new Promise<void>((done, fail) => {
        setAsked({ done, stop: () => fail(new DOMException('The password was not given.', 'AbortError')) });
      });
      return await deed();
    }
  }
  function leave(how: 'done' | 'stop'): void {
    asked?.[how]();
    setAsked(null);
    setPassword('');
    setError(null);
  }
  async function confirm(): Promise<void> {
    setBusy(true);
    try {
      await call('POST /me/confirm', { body: { password } });
      leave('done');
    } catch (problem) {
      setError(problem);
    } finally {
      setBusy(false);
    }
  }
  const dialog = (
    <Modal
      opened={asked !== null}
      onClose={() => leave('stop')}
      title={commonWords.passwordAgain}
      closeButtonProps={{ 'aria-label': commonWords.close }}
      centered
      zIndex={400}
    >
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void confirm();
        }}
      >
        <Stack>
          <Text size="sm">{commonWords.passwordAgainWhy}</Text>
          <PasswordInput
            label={commonWords.password}
            value={password}
            onChange={(event) => setPassword(event.currentTarget.value)}
            autoComplete="current-password"
            data-autofocus
          />
          <DialogFoot
            error={error}
            onCancel={() => leave('stop')}
            isBusy={isBusy}
            disabled={password === ''}
            deed={commonWords.confirm}
          />
        </Stack>
      </form>
    </Modal>
  );
  return [fresh, dialog];
}
