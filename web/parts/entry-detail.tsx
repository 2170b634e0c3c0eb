// All of one entry of the feed: what happened, why, what to do, its steps, where it leads, its ids.
import { Anchor, Group, Stack, Text, Title } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import type { Entry } from '../live/feed.ts';
import { entryWords } from '../words/entries.ts';
import { sayExactly } from '../words/times.ts';
import { CopyText } from './copy-text.tsx';
import { type Fact, Facts } from './facts.tsx';
import { Reason } from './reason.tsx';
import { Dot } from './status-chip.tsx';
import { Steps } from './steps.tsx';

/** What the page is about anyway and need not be said. */
export type Known = 'user' | 'pbx';

interface EntryDetailProps {
  readonly entry: Entry;
  readonly known?: readonly Known[];
  /** Rank of its headings. */
  readonly order?: 2 | 3 | 4;
  readonly actions?: ReactNode;
}

export function EntryDetail({ entry, known = [], order = 3, actions }: EntryDetailProps) {
  const { outcome, at } = entry;
  return (
    <Stack gap="md">
      <Group gap="sm">
        <Dot {...entryWords.outcomes[outcome]} />
        <Text size="sm" c="dimmed">
          {sayExactly(at)}
        </Text>
      </Group>
      <Reason code={entry.code} sentence={entry.sentence} nextAction={entry.nextAction} />
      {actions && <Group gap="xs">{actions}</Group>}
      {entry.steps.length > 0 && (
        <div>
          <Title order={order} size="h6" mb={4}>
            {entryWords.steps}
          </Title>
          <Steps steps={entry.steps} />
        </div>
      )}
      <Facts facts={factsOf(entry, known)} />
    </Stack>
  );
}

function factsOf(entry: Entry, known: readonly Known[]): readonly Fact[] {
  const { actor, verb, pbxId, pbxName, userId, userName, importId } = entry;
  const details = Object.entries(entry.detail).filter(([, value]) => value !== null && value !== undefined);
  const facts: (Fact | null)[] = [
    pbxId === null || known.includes('pbx')
      ? null
      : [
          entryWords.pbx,
          <Anchor key="pbx" size="sm" renderRoot={(props) => <Link to="/pbxs/$id" params={{ id: pbxId }} {...props} />}>
            {pbxName ?? entryWords.withoutName}
          </Anchor>,
        ],
    userId === null || known.includes('user')
      ? null
      : [
          entryWords.user,
          <Anchor
            key="user"
            size="sm"
            renderRoot={(props) => <Link to="/users/$id" params={{ id: userId }} {...props} />}
          >
            {userName ?? entryWords.withoutName}
          </Anchor>,
        ],
    importId === null
      ? null
      : [
          entryWords.upload,
          <Anchor
            key="import"
            size="sm"
            renderRoot={(props) => <Link to="/imports/$id" params={{ id: importId }} {...props} />}
          >
            {entryWords.openUpload}
          </Anchor>,
        ],
    [entryWords.who, entryWords.sayActor(actor)],
    [
      entryWords.kind,
      <span key="kind">
        {entryWords.sayVerb(verb)} <span className="mono">{verb}</span>
      </span>,
    ],
    ...details.map(([key, value]): Fact => [entryWords.sayDetail(key), sayValue(value)]),
    idFact(entryWords.entryId, entry.id),
    idFact(entryWords.userId, userId),
    idFact(entryWords.pbxId, pbxId),
    idFact(entryWords.uploadId, importId),
  ];
  return facts.filter((fact) => fact !== null);
}

const idFact = (name: string, id: string | null): Fact | null =>
  id === null ? null : [name, <CopyText key={name} text={id} label={name} />];

/** Details are of many shapes: lists by commas, the rest as it is. */
function sayValue(value: unknown): string {
  if (Array.isArray(value)) return value.map(sayValue).join(', ');
  if (typeof value === 'object' && value !== null) {
    return Object.entries(value)
      .map(([key, part]) => `${key}: ${sayValue(part)}`)
      .join(', ');
  }
  return String(value);
}
