// Changing a user. Sends only what differs; when somebody else was quicker, both are shown and nothing typed is lost.
import { Button, Text } from '@mantine/core';
import { useForm } from '@mantine/form';
import { type ReactNode, useRef, useState } from 'react';
import { type Answer, call } from '../../api/client.ts';
import { useMay } from '../../api/me.ts';
import { queryClient, read } from '../../api/query.ts';
import { AskBeforeLeaving } from '../../parts/ask-before-leaving.tsx';
import { ChangedMeanwhile, currentOf } from '../../parts/changed-meanwhile.tsx';
import { changeInLists } from '../../parts/cursor-list.ts';
import { useDeed } from '../../parts/deed.ts';
import { MayButton } from '../../parts/may-button.tsx';
import { Trouble } from '../../parts/states.tsx';
import { tell } from '../../parts/toast.ts';
import { commonWords } from '../../words/common.ts';
import { userWords } from '../../words/users.ts';
import type { OneUser } from './user.tsx';
import { UserFields, type UserFormOf } from './user-form.tsx';
import { changesOf, type UserValues, valuesOf } from './user-values.ts';
import classes from './users.module.css';
import { Warnings } from './warnings.tsx';

type Changed = Answer<'PATCH /users/{id}'>;

const { form: words } = userWords;

export function EditUser({ user, onClose }: { readonly user: OneUser; readonly onClose: () => void }) {
  return (
    <ChangeForm user={user} onClose={onClose} onSaved={onClose}>
      {(form) => <UserFields form={form} user={user} />}
    </ChangeForm>
  );
}

interface ChangeFormProps {
  readonly user: OneUser;
  readonly onClose?: () => void;
  /** Not called while there are warnings to be read. */
  readonly onSaved?: () => void;
  readonly children: (form: UserFormOf) => ReactNode;
}

export function ChangeForm({ user, onClose, onSaved, children }: ChangeFormProps) {
  // As it was when the form was opened: what comes live must not change what is typed.
  const [base, setBase] = useState(user);
  const form = useForm<UserValues>({ initialValues: valuesOf(user) });
  const deed = useDeed();
  const may = useMay('user.change', user);
  const [warnings, setWarnings] = useState<Changed['warnings']>([]);
  const changes = changesOf(form.values, base);
  const current = currentOf<OneUser>(deed.error);

  const isSaved = useRef(false);
  isSaved.current = false;

  function begin(from: OneUser): void {
    setBase(from);
    form.setValues(valuesOf(from));
    form.clearErrors();
    deed.clear();
  }
  const save = (over: OneUser = base) =>
    deed.run(async () => {
      const { warnings: said, ...saved } = await call('PATCH /users/{id}', {
        params: { id: user.id },
        body: changes,
        ifMatch: over,
      });
      const { queryKey } = read('GET /users/{id}', { params: { id: user.id } });
      queryClient.setQueryData<OneUser>(queryKey, (before) => ({ usersBefore: null, ...before, ...saved }));
      changeInLists(queryClient, saved);
      void queryClient.invalidateQueries({ queryKey });
      begin({ usersBefore: null, ...saved });
      isSaved.current = true;
      setWarnings(said);
      tell(commonWords.saved);
      if (said.length === 0) onSaved?.();
    }, form);

  return (
    <form
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        form.clearErrors();
        setWarnings([]);
        void save();
      }}
    >
      <AskBeforeLeaving
        isTyped={Object.keys(changes).length > 0}
        names={Object.keys(changes).map((name) => words.fieldNames[name] ?? name)}
        isDone={() => isSaved.current}
        stays={(next, current) => next.pathname === current.pathname && tabOf(next.search) === tabOf(current.search)}
      />
      <Warnings warnings={warnings} />
      {children(form)}
      {current !== null ? (
        <ChangedMeanwhile
          current={current}
          fields={(Object.keys(changes) as (keyof typeof changes)[]).flatMap((name) =>
            isSecret(name)
              ? []
              : [
                  {
                    label: words.fieldNames[name] ?? name,
                    of: (object: OneUser) => object[name as keyof OneUser],
                    mine: changes[name],
                  },
                ],
          )}
          onOverwrite={() => void save(current)}
          onTake={() => begin(current)}
        />
      ) : (
        deed.error !== null && <Trouble error={deed.error} />
      )}
      <div className={classes.save}>
        <MayButton type="submit" why={may.why} loading={deed.isBusy} disabled={Object.keys(changes).length === 0}>
          {commonWords.save}
        </MayButton>
        {onClose && (
          <Button variant="default" onClick={onClose}>
            {warnings.length > 0 ? commonWords.close : commonWords.cancel}
          </Button>
        )}
        {Object.keys(changes).length === 0 && (
          <Text size="sm" c="dimmed">
            {words.nothingChanged}
          </Text>
        )}
      </div>
    </form>
  );
}

const tabOf = (search: { readonly tab?: unknown }): unknown => search.tab;

/** Secrets are in no answer, so there is nothing to show beside them. */
const isSecret = (name: string): boolean => /password$/i.test(name);
