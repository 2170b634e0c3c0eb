// The MAC of a user: typed and checked while it is typed, or a pseudo-MAC that is made here and taken along to the PBX.
import { Button, Group, Radio, Stack, Text, TextInput } from '@mantine/core';
import type { Answer } from '../../api/client.ts';
import { CopyText } from '../../parts/copy-text.tsx';
import { userWords, withColons } from '../../words/users.ts';
import { readTypedMac } from './read-mac.ts';
import type { UserFormOf } from './user-form.tsx';

const { form: words } = userWords;

interface MacFieldProps {
  readonly form: UserFormOf;
  readonly pbx: Answer<'GET /pbxs/{id}'> | undefined;
  readonly user: Answer<'GET /users/{id}'> | undefined;
}

export function MacField({ form, pbx, user }: MacFieldProps) {
  const { macFrom } = form.values;
  if (user?.mac && macFrom === 'keep') {
    return (
      <Stack gap="xs">
        <Group gap="sm">
          <CopyText text={user.mac} shown={withColons(user.mac)} label={userWords.columns.mac} />
          <Button size="compact-sm" variant="default" onClick={() => form.setFieldValue('macFrom', 'typed')}>
            {words.macChange}
          </Button>
          <Button size="compact-sm" variant="default" onClick={() => form.setFieldValue('macFrom', 'remove')}>
            {words.macRemove}
          </Button>
        </Group>
        <Text size="sm" c="dimmed">
          {user.macAssigned ? words.macAssigned : words.macTyped}
        </Text>
      </Stack>
    );
  }
  if (macFrom === 'remove') {
    return (
      <Group gap="sm">
        <Text size="sm">{words.macGoes}</Text>
        <Button size="compact-sm" variant="default" onClick={() => form.setFieldValue('macFrom', 'keep')}>
          {words.macKeep}
        </Button>
      </Group>
    );
  }
  const canAssign = pbx?.autoAssignMac === true && !user?.mac;
  return (
    <Stack gap="sm" maw={420}>
      <Radio.Group
        aria-label={words.macFrom}
        value={macFrom}
        onChange={(value) => form.setFieldValue('macFrom', value as 'typed' | 'assign')}
      >
        <Stack gap="xs">
          <Radio value="typed" label={words.macType} description={words.macTypeWhat} />
          <Radio
            value="assign"
            label={words.macAssign}
            description={
              canAssign || !pbx ? words.macAssignWhat : user?.mac ? words.macAssignHas : words.macAssignOff(pbx.name)
            }
            disabled={!canAssign}
          />
        </Stack>
      </Radio.Group>
      {macFrom === 'typed' && <TypedMac form={form} assignsByItself={pbx?.autoAssignMac === true && !user} />}
      {user?.mac && (
        <Group>
          <Button size="compact-sm" variant="default" onClick={() => form.setFieldValue('macFrom', 'keep')}>
            {words.macKeep}
          </Button>
        </Group>
      )}
    </Stack>
  );
}

function TypedMac({ form, assignsByItself }: { readonly form: UserFormOf; readonly assignsByItself: boolean }) {
  const typed = readTypedMac(form.values.mac);
  const said =
    typed.kind === 'mac'
      ? words.macReads(withColons(typed.mac))
      : typed.kind === 'short'
        ? words.macShort(typed.digits)
        : typed.kind === 'empty' && assignsByItself
          ? words.macEmptyAssigns
          : ' ';
  return (
    <TextInput
      label={userWords.columns.mac}
      className="mac"
      placeholder={words.macExample}
      spellCheck={false}
      autoComplete="off"
      description={<span aria-live="polite">{said}</span>}
      inputWrapperOrder={['label', 'input', 'description', 'error']}
      {...form.getInputProps('mac')}
      error={typed.kind === 'wrong' ? words.macProblems[typed.problem] : form.errors.mac}
    />
  );
}
