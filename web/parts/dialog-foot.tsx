// The foot of a dialog with a form: what went wrong, the way out, and the deed, which submits.
import { Button, Group } from '@mantine/core';
import { commonWords } from '../words/common.ts';
import { Trouble } from './states.tsx';

interface DialogFootProps {
  /** What the button says: the deed, not "OK". */
  readonly deed: string;
  readonly onCancel: () => void;
  /** Null: nothing went wrong, or it is said elsewhere. */
  readonly error?: unknown;
  readonly isBusy?: boolean;
  readonly disabled?: boolean;
  readonly danger?: boolean;
}

export function DialogFoot(props: DialogFootProps) {
  const { deed, onCancel, error = null, isBusy = false, disabled = false, danger = false } = props;
  return (
    <>
      {error !== null && <Trouble error={error} />}
      <Group justify="flex-end">
        <Button variant="default" onClick={onCancel}>
          {commonWords.cancel}
        </Button>
        <Button type="submit" loading={isBusy} disabled={disabled} {...(danger && { color: 'red.8' })}>
          {deed}
        </Button>
      </Group>
    </>
  );
}
