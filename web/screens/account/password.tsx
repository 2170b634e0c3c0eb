// The own password.
import { Button, Group, PasswordInput, Stack } from '@mantine/core';
import { useForm } from '@mantine/form';
import { call } from '../../api/client.ts';
import { meQuery, useMe } from '../../api/me.ts';
import { queryClient } from '../../api/query.ts';
import { useFresh } from '../../parts/confirm.tsx';
import { useDeed } from '../../parts/deed.ts';
import { Section } from '../../parts/section.tsx';
import { Trouble } from '../../parts/states.tsx';
import { tell } from '../../parts/toast.ts';
import { accountWords } from '../../words/account.ts';

const EMPTY = { currentPassword: '', newPassword: '', repeat: '' };

export function Password() {
  const { hasPassword, email } = useMe();
  const [fresh, dialog] = useFresh();
  const changing = useDeed();
  const form = useForm({
    initialValues: EMPTY,
    validate: { repeat: (value, all) => (value === all.newPassword ? null : accountWords.differs) },
  });
  async function change({ currentPassword, newPassword }: typeof EMPTY): Promise<void> {
    const body = { newPassword, ...(hasPassword && { currentPassword }) };
    if (!(await changing.run(() => fresh(() => call('POST /me/password', { body })), form))) return;
    form.reset();
    tell(accountWords.changed);
    await Promise.all([
      queryClient.invalidateQueries(meQuery),
      queryClient.invalidateQueries({ queryKey: ['me', 'GET /me/sessions'] }),
    ]);
  }
  return (
    <Section
      title={accountWords.password}
      about={hasPassword ? accountWords.passwordWhy : `${accountWords.noPassword} ${accountWords.passwordWhy}`}
    >
      <form onSubmit={form.onSubmit((values) => void change(values))}>
        <Stack maw={420}>
          {/* For password managers: whose password it is. */}
          <input type="text" name="username" value={email} autoComplete="username" readOnly hidden />
          {hasPassword && (
            <PasswordInput
              label={accountWords.current}
              autoComplete="current-password"
              required
              {...form.getInputProps('currentPassword')}
            />
          )}
          <PasswordInput
            label={accountWords.newPassword}
            autoComplete="new-password"
            required
            {...form.getInputProps('newPassword')}
          />
          <PasswordInput
            label={accountWords.repeat}
            autoComplete="new-password"
            required
            {...form.getInputProps('repeat')}
          />
          {changing.error !== null && <Trouble error={changing.error} />}
          <Group>
            <Button type="submit" loading={changing.isBusy}>
              {hasPassword ? accountWords.change : accountWords.set}
            </Button>
          </Group>
        </Stack>
      </form>
      {dialog}
    </Section>
  );
}
