// The command palette: screens, PBXs and users by a few letters.
import { Group, Modal, ScrollArea, Stack, Text, TextInput, UnstyledButton } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { IconServer, IconUser } from '@tabler/icons-react';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { type KeyboardEvent, type ReactNode, useState } from 'react';
import { useMe } from '../api/me.ts';
import { read } from '../api/query.ts';
import { commonWords } from '../words/common.ts';
import { shellWords } from '../words/shell.ts';
import { provisioningWords } from '../words/statuses.ts';
import classes from './palette.module.css';
import { PLACES } from './places.ts';

interface Choice {
  readonly id: string;
  readonly name: string;
  readonly hint: string;
  readonly icon: ReactNode;
  readonly path: string;
}

export function Palette({ onClose }: { readonly onClose: () => void }) {
  const [text, setText] = useState('');
  const [at, setAt] = useState(0);
  const navigate = useNavigate();
  const choices = useChoices(text.trim());
  const chosen = Math.min(at, choices.length - 1);
  function go(choice: Choice | undefined): void {
    if (!choice) return;
    onClose();
    void navigate({ to: choice.path });
  }
  function onKey(event: KeyboardEvent): void {
    const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0;
    if (step !== 0) {
      event.preventDefault();
      setAt((chosen + step + choices.length) % Math.max(1, choices.length));
    } else if (event.key === 'Enter') {
      event.preventDefault();
      go(choices[chosen]);
    }
  }
  return (
    <Modal
      opened
      onClose={onClose}
      withCloseButton={false}
      padding={0}
      size="lg"
      yOffset="12vh"
      aria-label={shellWords.search}
    >
      <TextInput
        data-autofocus
        size="md"
        p="sm"
        aria-label={shellWords.search}
        placeholder={shellWords.searchPlaceholder}
        value={text}
        onChange={(event) => {
          setText(event.currentTarget.value);
          setAt(0);
        }}
        onKeyDown={onKey}
        role="combobox"
        aria-expanded
        aria-controls="palette-choices"
        aria-activedescendant={choices[chosen] ? `choice-${choices[chosen].id}` : undefined}
        autoComplete="off"
      />
      <ScrollArea.Autosize mah="50vh" type="auto">
        <Stack gap={0} id="palette-choices" role="listbox" aria-label={shellWords.search} pb="sm">
          {choices.map((choice, index) => (
            <UnstyledButton
              key={choice.id}
              id={`choice-${choice.id}`}
              role="option"
              aria-selected={index === chosen}
              tabIndex={-1}
              className={classes.choice}
              data-chosen={index === chosen || undefined}
              onClick={() => go(choice)}
              onMouseMove={() => setAt(index)}
            >
              <Group gap="sm" wrap="nowrap">
                {choice.icon}
                <Text size="sm" truncate>
                  {choice.name}
                </Text>
                <Text size="xs" c="dimmed" truncate ml="auto">
                  {choice.hint}
                </Text>
              </Group>
            </UnstyledButton>
          ))}
        </Stack>
      </ScrollArea.Autosize>
      {choices.length === 0 && (
        <Text c="dimmed" size="sm" p="md" role="status">
          {shellWords.nothingFound}
        </Text>
      )}
      <Text size="xs" c="dimmed" px="md" pb="sm">
        {commonWords.rowsAbout(choices.length, null)}
      </Text>
    </Modal>
  );
}

function useChoices(text: string): readonly Choice[] {
  const me = useMe();
  const [q] = useDebouncedValue(text, 150);
  const may = (action: string) => me.grants.some((grant) => grant.actions.includes(action));
  const isAsked = q.length >= 2;
  const pbxs = useQuery({
    ...read('GET /pbxs', { query: { q, limit: '6' } }),
    enabled: isAsked && may('pbx.read'),
    placeholderData: keepPreviousData,
  });
  const users = useQuery({
    ...read('GET /users', { query: { q, limit: '8' } }),
    enabled: isAsked && may('user.read'),
    placeholderData: keepPreviousData,
  });
  const places = PLACES.filter(
    ({ name, action }) => may(action) && name.toLowerCase().includes(text.toLowerCase()),
  ).map(({ path, name, Icon, key }) => ({ id: path, name, hint: `g ${key}`, icon: <Icon size={16} />, path }));
  if (!isAsked) return places;
  return [
    ...places,
    ...(pbxs.data?.items ?? []).map(({ id, name, provisioningUrl }) => ({
      id,
      name,
      hint: provisioningUrl && URL.canParse(provisioningUrl) ? new URL(provisioningUrl).host : '',
      icon: <IconServer size={16} />,
      path: `/pbxs/${id}`,
    })),
    ...(users.data?.items ?? []).map((user) => ({
      id: user.id,
      name: user.name ?? user.teamsUserId ?? user.sipUserId ?? user.mac ?? user.id,
      hint: `${user.pbxName} · ${provisioningWords[user.status].word}`,
      icon: <IconUser size={16} />,
      path: `/users/${user.id}`,
    })),
  ];
}
