// Adding a user. What it gets is said afterwards: above all a pseudo-MAC, which somebody has to enter at the PBX.
import { Alert, Button, Group, List, Stack, Text } from '@mantine/core';
import { useForm } from '@mantine/form';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { useState } from 'react';
import { type Answer, call } from '../../api/client.ts';
import { useMay } from '../../api/me.ts';
import { queryClient } from '../../api/query.ts';
import { AskBeforeLeaving } from '../../parts/ask-before-leaving.tsx';
import { CopyText } from '../../parts/copy-text.tsx';
import { useDeed } from '../../parts/deed.ts';
import { MayButton } from '../../parts/may-button.tsx';
import { PageHead } from '../../parts/page-head.tsx';
import { Section } from '../../parts/section.tsx';
import { Trouble } from '../../parts/states.tsx';
import { commonWords } from '../../words/common.ts';
import { nameOf, userWords, withColons } from '../../words/users.ts';
import { UserFields } from './user-form.tsx';
import { emptyValues, newUserOf, type UserValues } from './user-values.ts';
import classes from './users.module.css';
import { Warnings } from './warnings.tsx';

type Made = Answer<'POST /users'>;

const { form: words } = userWords;

export function NewUserScreen() {
  const { pbx = '' }: { pbx?: string | undefined } = useSearch({ strict: false });
  const [made, setMade] = useState<Made | null>(null);
  const [round, setRound] = useState(0);
  const trail = [[userWords.title, '/users']] as const;
  return made === null ? (
    <>
      <PageHead title={userWords.add} about={words.addAbout} trail={trail} />
      <NewUserForm key={round} pbxId={pbx} onMade={setMade} />
    </>
  ) : (
    <>
      <PageHead title={words.added(nameOf(made))} trail={trail} />
      <WhatNow
        made={made}
        onAgain={() => {
          setMade(null);
          setRound(round + 1);
        }}
      />
    </>
  );
}

function NewUserForm({ pbxId, onMade }: { readonly pbxId: string; readonly onMade: (made: Made) => void }) {
  const form = useForm<UserValues>({ initialValues: emptyValues(pbxId) });
  const deed = useDeed();
  const navigate = useNavigate();
  const may = useMay('user.create');
  const add = () =>
    deed.run(async () => {
      const made = await call('POST /users', { body: newUserOf(form.values) });
      void queryClient.invalidateQueries({ queryKey: ['users'] });
      void queryClient.invalidateQueries({ queryKey: ['pbxs'] });
      onMade(made);
    }, form);
  return (
    <form
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        form.clearErrors();
        if (form.values.pbxId === '') form.setFieldError('pbxId', words.pbxNeeded);
        else void add();
      }}
    >
      <AskBeforeLeaving isTyped={form.isDirty()} stays={(next, current) => next.pathname === current.pathname} />
      <UserFields form={form} />
      {deed.error !== null && <Trouble error={deed.error} />}
      <div className={classes.save}>
        <MayButton type="submit" why={may.why} loading={deed.isBusy}>
          {userWords.add}
        </MayButton>
        <Button variant="default" onClick={() => void navigate({ to: '/users' })}>
          {commonWords.cancel}
        </Button>
      </div>
    </form>
  );
}

function WhatNow({ made, onAgain }: { readonly made: Made; readonly onAgain: () => void }) {
  return (
    <Stack maw={720}>
      <Warnings warnings={made.warnings} />
      {made.mac !== null && made.macAssigned && (
        <Section title={words.pseudoMac}>
          <Alert color="pine" variant="light" c="var(--mantine-color-text)">
            <Stack gap="sm">
              <Text component="div" size="lg">
                <CopyText text={made.mac} shown={withColons(made.mac)} label={userWords.columns.mac} />
              </Text>
              <Text size="sm">{words.pseudoMacWhat(made.pbxName)}</Text>
              <List size="sm" type="ordered">
                {words.pseudoMacSteps(made.pbxName).map((step) => (
                  <List.Item key={step}>{step}</List.Item>
                ))}
              </List>
            </Stack>
          </Alert>
        </Section>
      )}
      {!made.macAssigned && <Text size="sm">{made.enabled.value ? words.addedGoesOn : words.addedOff}</Text>}
      <Group>
        <Button renderRoot={(props) => <Link to="/users/$id" params={{ id: made.id }} {...props} />}>
          {words.openUser}
        </Button>
        <Button variant="default" onClick={onAgain}>
          {words.another}
        </Button>
      </Group>
    </Stack>
  );
}
