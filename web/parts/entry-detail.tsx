// All of one entry of the feed: what happened, why, what to do, its steps, where it leads, its ids.
import { Anchor, Group, Stack, Text, Title } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import type { Entry } from '../live/feed.ts';
import { entryWords } from '../words/entries.ts';
import { sayExactly } from '../words/times.ts';
import { CopyText } from './copy-text.tsx';
import classes from './entry-detail.module.css';
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
  const { outcome, at, actor, verb, pbxId, pbxName, userId, userName, importId } = entry;
  const details = Object.entries(entry.detail).filter(([, value]) => value !== null && value !== undefined);
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
      <dl className={classes.facts}>
        {pbxId !== null && !known.includes('pbx') && (
          <Fact name={entryWords.pbx}>
            <Anchor size="sm" renderRoot={(props) => <Link to="/pbxs/$id" params={{ id: pbxId }} {...props} />}>
              {pbxName ?? entryWords.withoutName}
            </Anchor>
          </Fact>
        )}
        {userId !== null && !known.includes('user') && (
          <Fact name={entryWords.user}>
            <Anchor size="sm" renderRoot={(props) => <Link to="/users/$id" params={{ id: userId }} {...props} />}>
              {userName ?? entryWords.withoutName}
            </Anchor>
          </Fact>
        )}
        {importId !== null && (
          <Fact name={entryWords.upload}>
            <Anchor size="sm" renderRoot={(props) => <Link to="/imports/$id" params={{ id: importId }} {...props} />}>
              {entryWords.openUpload}
            </Anchor>
          </Fact>
        )}
        <Fact name={entryWords.who}>{entryWords.sayActor(actor)}</Fact>
        <Fact name={entryWords.kind}>
          {entryWords.sayVerb(verb)} <span className="mono">{verb}</span>
        </Fact>
        {details.map(([key, value]) => (
          <Fact key={key} name={entryWords.sayDetail(key)}>
            {sayValue(value)}
          </Fact>
        ))}
        <Fact name={entryWords.entryId}>
          <CopyText text={entry.id} label={entryWords.entryId} />
        </Fact>
        {userId !== null && (
          <Fact name={entryWords.userId}>
            <CopyText text={userId} label={entryWords.userId} />
          </Fact>
        )}
        {pbxId !== null && (
          <Fact name={entryWords.pbxId}>
            <CopyText text={pbxId} label={entryWords.pbxId} />
          </Fact>
        )}
        {importId !== null && (
          <Fact name={entryWords.uploadId}>
            <CopyText text={importId} label={entryWords.uploadId} />
          </Fact>
        )}
      </dl>
    </Stack>
  );
}

function Fact({ name, children }: { readonly name: string; readonly children: ReactNode }) {
  return (
    <div className={classes.fact}>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

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
