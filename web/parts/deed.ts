// Doing something that may fail: busy meanwhile, the trouble afterwards, and what the API says of fields put at the fields.
import type { UseFormReturnType } from '@mantine/form';
import { useState } from 'react';
import { showFieldErrors } from './form.ts';

interface Deed {
  readonly isBusy: boolean;
  /** Of the last try, unless all of it stands at the fields; null: none. */
  readonly error: unknown;
  /** @returns true when it was done */
  // biome-ignore lint/suspicious/noExplicitAny: works for a form of any values.
  run(deed: () => Promise<unknown>, form?: UseFormReturnType<any>): Promise<boolean>;
  clear(): void;
}

export function useDeed(): Deed {
  const [isBusy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  return {
    isBusy,
    error,
    clear: () => setError(null),
    async run(deed, form) {
      setBusy(true);
      setError(null);
      try {
        await deed();
        return true;
      } catch (problem) {
        // The password was not given: nothing went wrong.
        if (problem instanceof DOMException && problem.name === 'AbortError') return false;
        if (form && showFieldErrors(form, problem)) focusWrongField();
        else setError(problem);
        return false;
      } finally {
        setBusy(false);
      }
    },
  };
}

/** The page may take some frames until the field says that it is wrong. */
function focusWrongField(frames = 60): void {
  requestAnimationFrame(() => {
    const field = document.querySelector<HTMLElement>('[aria-invalid="true"]');
    if (field) field.focus();
    else if (frames > 0) focusWrongField(frames - 1);
  });
}
