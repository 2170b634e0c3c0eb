// What can be changed on many users at once: each field says "don't change" until something is chosen.
import { Group, Select, Stack, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { Body } from '../../api/client.ts';
import { read } from '../../api/query.ts';
import { userWords } from '../../words/users.ts';

type Changes = NonNullable<Body<'POST /users/bulk'>['changes']>;

const { bulk: words } = userWords;
/** No value of any field. */
const LEAVE = 'leave';
const NONE = 'none';

interface Field {
  readonly label: string;
  readonly choices: readonly { readonly value: string; readonly label: string }[];
  /** What a choice means; LEAVE never comes. */
  readonly read: (choice: string) => Changes;
}

const FIELDS = {
  userType: {
    label: words.type,
    choices: Object.entries(userWords.types).map(([value, label]) => ({ value, label })),
    read: (choice) => ({ userType: choice as NonNullable<Changes['userType']> }),
  },
  autoProvision: {
    label: words.autoProvision,
    choices: Object.entries(userWords.autoProvision).map(([value, label]) => ({ value, label })),
    read: (choice) => ({ autoProvision: choice as NonNullable<Changes['autoProvision']> }),
  },
  voicemail: {
    label: words.voicemail,
    choices: [
      { value: 'true', label: userWords.yes },
      { value: 'false', label: userWords.no },
      { value: NONE, label: words.voicemailUnset },
    ],
    read: (choice) => ({ useTeamsVoicemail: choice === NONE ? null : choice === 'true' }),
  },
} as const satisfies Record<string, Field>;

export function BulkChangeFields({ onChange }: { readonly onChange: (changes: Changes) => void }) {
  const [chosen, setChosen] = useState<Readonly<Record<string, Changes>>>({});
  const routes = useQuery(read('GET /voice-routes', { query: { limit: '500' } }));
  const fields: Readonly<Record<string, Field>> = {
    route: {
      label: words.route,
      choices: [
        { value: NONE, label: words.tenantsRoute },
        ...(routes.data?.items ?? []).map(({ id, name }) => ({ value: id, label: name })),
      ],
      read: (choice) => ({ voiceRouteId: choice === NONE ? null : choice }),
    },
    ...FIELDS,
  };
  function set(name: string, changes: Changes | null): void {
    const { [name]: _before, ...rest } = chosen;
    const next = changes === null ? rest : { ...rest, [name]: changes };
    setChosen(next);
    onChange(Object.assign({}, ...Object.values(next)) as Changes);
  }
  return (
    <Stack gap="sm">
      {Object.entries(fields).map(([name, { label, choices, read: meaning }]) => (
        <Select
          key={name}
          label={label}
          data={[{ value: LEAVE, label: words.leave }, ...choices]}
          defaultValue={LEAVE}
          allowDeselect={false}
          onChange={(choice) => set(name, choice === null || choice === LEAVE ? null : meaning(choice))}
        />
      ))}
      <TagField onChange={(changes) => set('tag', changes)} />
    </Stack>
  );
}

function TagField({ onChange }: { readonly onChange: (changes: Changes | null) => void }) {
  const [kind, setKind] = useState(LEAVE);
  const [text, setText] = useState('');
  function say(nextKind: string, nextText: string): void {
    setKind(nextKind);
    setText(nextText);
    if (nextKind === NONE) onChange({ userTag: null });
    else onChange(nextKind === 'set' && nextText.trim() !== '' ? { userTag: nextText.trim() } : null);
  }
  return (
    <Group align="flex-end" gap="xs" grow>
      <Select
        label={words.tag}
        data={[
          { value: LEAVE, label: words.leave },
          { value: 'set', label: words.setTo },
          { value: NONE, label: words.noTag },
        ]}
        value={kind}
        allowDeselect={false}
        onChange={(choice) => say(choice ?? LEAVE, text)}
      />
      {kind === 'set' && (
        <TextInput
          label={words.newTag}
          value={text}
          maxLength={200}
          onChange={(event) => say(kind, event.currentTarget.value)}
        />
      )}
    </Group>
  );
}
