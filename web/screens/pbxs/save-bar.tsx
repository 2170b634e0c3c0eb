// What stands at the foot of the settings while something is not saved: what changed, what saving does, and what the server
// wants to have again when it becomes another one.
import { Alert, Button, Checkbox, Group, Paper, PasswordInput, Stack, Table, Text } from '@mantine/core';
import { IconAlertTriangle, IconUsersGroup } from '@tabler/icons-react';
import { call } from '../../api/client.ts';
import { Trouble } from '../../parts/states.tsx';
import { tell, tellProblem } from '../../parts/toast.ts';
import { commonWords } from '../../words/common.ts';
import { pbxWords } from '../../words/pbxs.ts';
import { consequenceOf, type FieldName, isOtherServer } from './pbx-values.ts';
import classes from './save-bar.module.css';
import type { Settings } from './use-settings.ts';

const words = pbxWords.save;

export function SaveBar({
  settings,
  onSaveAndTest,
}: {
  readonly settings: Settings;
  readonly onSaveAndTest?: (() => void) | undefined;
}) {
  const { changed, isSaving, trouble, meanwhile } = settings;
  if (changed.length === 0 && meanwhile === null) return null;
  return (
    <Paper
      component="section"
      aria-label={words.label}
      className={classes.bar}
      withBorder
      shadow="md"
      p="sm"
      mt="lg"
      role="region"
    >
      <Stack gap="sm">
        {meanwhile !== null && <ChangedMeanwhile settings={settings} />}
        {trouble !== null && <Trouble error={trouble} />}
        <OtherServer settings={settings} />
        <Group justify="space-between" gap="sm" align="center">
          <div className={classes.says}>
            <Text size="sm" fw={600} role="status">
              {words.changes(changed.map((name) => pbxWords.fields[name]))}
            </Text>
            <Text size="sm" c="dimmed">
              {sayConsequence(settings)}
            </Text>
          </div>
          <Group gap="xs">
            <Button variant="default" onClick={settings.discard} disabled={isSaving}>
              {words.discard}
            </Button>
            {onSaveAndTest && (
              <Button variant="light" onClick={onSaveAndTest} disabled={isSaving}>
                {words.saveAndTest}
              </Button>
            )}
            <Button onClick={() => void saveAndTell(settings)} loading={isSaving} disabled={changed.length === 0}>
              {words.save}
            </Button>
          </Group>
        </Group>
      </Stack>
    </Paper>
  );
}

export async function saveAndTell(settings: Settings): Promise<boolean> {
  const consequence = consequenceOf(settings.baseValues, settings.form.values);
  const now = await settings.save();
  if (now === null) return false;
  const isDue = (consequence === 'due' || consequence === 'switched-on') && now.users.total > 0;
  tell(isDue ? words.savedDue(now.users.total) : words.saved);
  return true;
}

function sayConsequence({ base, baseValues, form }: Settings): string {
  const { total, off } = base.users;
  switch (consequenceOf(baseValues, form.values)) {
    case 'due':
      return words.due(total - off);
    case 'switched-on':
      return words.switchedOn(total);
    case 'switched-off':
      return words.switchedOff;
    case 'no-address':
      return words.noAddress;
    case null:
      return '';
  }
}

/** What was given for the server before is not sent to another one by itself. */
function OtherServer({ settings }: { readonly settings: Settings }) {
  const { base, baseValues, form } = settings;
  const { values, errors } = form;
  const wantsUserPasswords = errors.userPasswords !== undefined || values.userPasswords !== undefined;
  if (!isOtherServer(baseValues, values) && !wantsUserPasswords) return null;
  const asksPassword = base.passwordSet && values.username.trim() !== '';
  if (!asksPassword && base.certificates.client === null && !wantsUserPasswords) return null;
  return (
    <Alert
      color="yellow"
      variant="light"
      icon={<IconAlertTriangle />}
      title={words.otherServer}
      c="var(--mantine-color-text)"
    >
      <Stack gap="sm">
        <Text size="sm">{words.otherServerWhy}</Text>
        {asksPassword &&
          (values.password === null ? (
            <Group gap="xs">
              <Text size="sm">{words.passwordRemoved}</Text>
              <Button size="xs" variant="default" onClick={() => settings.set('password', undefined)}>
                {words.passwordKeep}
              </Button>
            </Group>
          ) : (
            <Group align="flex-end" gap="xs">
              <PasswordInput
                label={words.passwordAgain}
                value={values.password ?? ''}
                error={errors.password}
                onChange={(event) => settings.set('password', event.currentTarget.value || undefined)}
                autoComplete="new-password"
                flex={1}
                maw={360}
              />
              <Button variant="default" onClick={() => settings.set('password', null)}>
                {words.passwordRemove}
              </Button>
            </Group>
          ))}
        {base.certificates.client !== null && (
          <Group gap="xs">
            <Text size="sm">{words.clientAgain}</Text>
            <Button size="xs" variant="default" onClick={() => void removeClient(settings)}>
              {words.clientRemove}
            </Button>
          </Group>
        )}
        {wantsUserPasswords && (
          <Checkbox
            label={words.userPasswords}
            checked={values.userPasswords === 'forget'}
            error={errors.userPasswords}
            onChange={(event) => {
              form.setFieldValue('userPasswords', event.currentTarget.checked ? 'forget' : undefined);
            }}
          />
        )}
      </Stack>
    </Alert>
  );
}

async function removeClient(settings: Settings): Promise<void> {
  try {
    const { base } = settings;
    settings.take(
      await call('PUT /pbxs/{id}/certificates', {
        params: { id: base.id },
        body: { clientCertPem: null },
        ifMatch: base,
      }),
    );
    tell(pbxWords.tls.removed);
  } catch (error) {
    tellProblem(error);
  }
}

/** What somebody else changed while this form was open, side by side. */
function ChangedMeanwhile({ settings }: { readonly settings: Settings }) {
  const { meanwhile } = settings;
  const say = pbxWords.meanwhile;
  if (meanwhile === null) return null;
  return (
    <Alert
      color="yellow"
      variant="light"
      icon={<IconUsersGroup />}
      title={say.title}
      withCloseButton
      closeButtonLabel={commonWords.dismiss}
      onClose={settings.dismissMeanwhile}
      c="var(--mantine-color-text)"
      role="alert"
    >
      <Stack gap="xs">
        <Text size="sm">{say.text}</Text>
        {meanwhile.both.length > 0 && (
          <>
            <Text size="sm" fw={600}>
              {say.both}
            </Text>
            <Table layout="auto" verticalSpacing={4}>
              <Table.Tbody>
                {meanwhile.both.map(({ name, mine, theirs }) => (
                  <Table.Tr key={name}>
                    <Table.Th>{pbxWords.fields[name]}</Table.Th>
                    <Table.Td>{say.theirs(shown(name, theirs))}</Table.Td>
                    <Table.Td>{say.mine(shown(name, mine))}</Table.Td>
                    <Table.Td>
                      <Button size="compact-xs" variant="default" onClick={() => settings.set(name, theirs)}>
                        {say.takeTheirs}
                      </Button>
                    </Table.Td>
                  </Table.Tr>
                ))}
              </Table.Tbody>
            </Table>
          </>
        )}
        {meanwhile.taken.length > 0 && (
          <>
            <Text size="sm" fw={600}>
              {say.taken}
            </Text>
            {meanwhile.taken.map(({ name, before, now }) => (
              <Text key={name} size="sm">
                {pbxWords.fields[name]} {say.from(shown(name, before), shown(name, now))}
              </Text>
            ))}
          </>
        )}
      </Stack>
    </Alert>
  );
}

/** A value in words. Secrets are no values that anybody has: they never come from the server. */
function shown(name: FieldName, value: unknown): string {
  const say = pbxWords.meanwhile;
  if (typeof value === 'boolean') return value ? say.on : say.off;
  if (Array.isArray(value)) return value.length === 0 ? say.empty : value.join(', ');
  if (name === 'password' || name === 'fileKey') return value === null ? say.empty : '••••••';
  return value === null || value === undefined || value === '' ? say.empty : String(value);
}
