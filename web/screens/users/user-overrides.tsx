// What is other for this user than for its PBX: own login, SIP account by hand, line rule, number.
import { Text, TextInput } from '@mantine/core';
import { Section } from '../../parts/section.tsx';
import { userWords } from '../../words/users.ts';
import { ChangeForm } from './edit-user.tsx';
import type { OneUser } from './user.tsx';
import { OverrideFields, type UserFormOf, usePbxOf } from './user-form.tsx';

const { form: words } = userWords;

export function UserOverrides({ user }: { readonly user: OneUser }) {
  return (
    <>
      <Text size="sm" c="dimmed" mb="md" maw={720}>
        {words.overridesWhat(user.pbxName)}
      </Text>
      <ChangeForm user={user}>
        {(form) => (
          <>
            <OwnNumber form={form} user={user} />
            <OverrideFields form={form} user={user} />
          </>
        )}
      </ChangeForm>
    </>
  );
}

function OwnNumber({ form, user }: { readonly form: UserFormOf; readonly user: OneUser }) {
  const pbx = usePbxOf(form);
  return (
    <Section
      title={words.number}
      about={pbx && (pbx.didField === 'none' ? words.didByHand(pbx.name) : words.didFrom(pbx.didField))}
    >
      <TextInput
        label={pbx?.didField === 'none' ? words.did : words.didOverride}
        placeholder={words.didExample}
        description={user.didSource === 'harvest' && user.did !== null ? words.didNow(user.did) : undefined}
        inputMode="tel"
        maw={420}
        {...form.getInputProps('did')}
      />
    </Section>
  );
}
