// What is known of a user: the SIP account that was harvested or typed, number, device, and where each is from.
import { Alert, Anchor, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import type { Answer } from '../../api/client.ts';
import { useMay } from '../../api/me.ts';
import { read } from '../../api/query.ts';
import { Ago } from '../../parts/ago.tsx';
import { CopyText } from '../../parts/copy-text.tsx';
import { Facts } from '../../parts/facts.tsx';
import { MayButton } from '../../parts/may-button.tsx';
import { Section } from '../../parts/section.tsx';
import { Trouble, Waiting } from '../../parts/states.tsx';
import { commonWords } from '../../words/common.ts';
import { userWords, withColons } from '../../words/users.ts';
import { useReveal } from './reveal.tsx';
import type { OneUser } from './user.tsx';
import { sayNextTry } from './user-standing.tsx';

const { detail: words, columns: heads } = userWords;

type Version = Answer<'GET /users/{id}/lines'>['items'][number];
type Line = Version['lines'][number];

/** The newest version, and the line of it that was chosen. Null: nothing was harvested yet. */
export function useHarvested(userId: string) {
  const versions = useQuery(read('GET /users/{id}/lines', { params: { id: userId } }));
  const version = versions.data?.items[0] ?? null;
  return { versions, version, line: version?.lines.find(({ line }) => line === version.line) ?? null };
}

export function UserOverview({ user }: { readonly user: OneUser }) {
  return (
    <>
      <Account user={user} />
      <Section title={words.person}>
        <Facts facts={personFacts(user)} />
      </Section>
    </>
  );
}

function Account({ user }: { readonly user: OneUser }) {
  const { versions, version, line } = useHarvested(user.id);
  const mayReveal = useMay('user.reveal', user);
  const { open, dialog } = useReveal(user);
  if (versions.isLoading) return <Waiting lines={4} />;
  if (versions.error && !versions.data) {
    return <Trouble error={versions.error} onRetry={() => void versions.refetch()} />;
  }
  const hasSecret = (line?.password ?? line?.ha1 ?? null) !== null || user.sipPasswordSet;
  return (
    <Section
      title={words.account}
      about={version ? <HarvestedFrom version={version} /> : undefined}
      actions={
        hasSecret && (
          <MayButton size="xs" variant="default" why={mayReveal.why} onClick={open}>
            {words.reveal}
          </MayButton>
        )
      }
    >
      {line === null && (
        <Alert variant="light" color="gray" title={words.notHarvested} c="var(--mantine-color-text)">
          <Text size="sm">{sayNextTry(user)}</Text>
        </Alert>
      )}
      <Facts facts={accountFacts(user, line)} />
      {dialog}
    </Section>
  );
}

function HarvestedFrom({ version }: { readonly version: Version }) {
  return (
    <>
      {`${words.harvested} `}
      <Ago time={version.at} />
      {`, ${words.versionOf(version.version)}: `}
      <span className="mono">{version.sourceUrl}</span>
    </>
  );
}

type Fact = readonly [string, ReactNode];

interface Place {
  readonly host: string | null;
  readonly port: number | null;
  readonly transport?: string | null | undefined;
}

function accountFacts(user: OneUser, line: Line | null): Fact[] {
  const typed = user.sipAuthId ?? null;
  return [
    [
      heads.sipUser,
      line?.userName ? <CopyText key="user" text={line.userName} label={heads.sipUser} /> : (user.sipUserId ?? none),
    ],
    [words.authName, typed ?? line?.authName ?? line?.userName ?? none],
    [words.server, sayPlace(line?.registrar) ?? none],
    ...given(words.proxy, sayPlace(line?.outboundProxy)),
    ...given(words.backup, sayPlace(line?.backup)),
    ...given(words.backupProxy, sayPlace(line?.backupOutboundProxy)),
    ...given(words.jack, line?.port),
    line?.ha1 === undefined
      ? [words.password, line?.password ?? (user.sipPasswordSet ? words.masked : none)]
      : [words.ha1, line.ha1],
    [
      heads.did,
      user.did === null ? (
        none
      ) : (
        <>
          <CopyText text={user.did} label={heads.did} />
          <Text size="xs" c="dimmed">
            {user.didSource === 'manual' ? words.didTyped : words.didHarvested}
          </Text>
        </>
      ),
    ],
    ...given(words.displayName, line?.displayName),
    ...given(words.label, line?.label),
  ];
}

const none = commonWords.none;

/** Nothing is said of what the file does not have. */
function given(name: string, value: string | null | undefined): Fact[] {
  return value ? [[name, value]] : [];
}

function sayPlace(place: Place | null | undefined): string | null {
  if (!place?.host) return null;
  const { host, port, transport } = place;
  return `${host}${port === null ? '' : `:${port}`}${transport ? ` (${transport})` : ''}`;
}

function personFacts(user: OneUser): Fact[] {
  return [
    [
      heads.mac,
      user.mac === null ? (
        userWords.noMac
      ) : (
        <>
          <CopyText text={user.mac} shown={withColons(user.mac)} label={heads.mac} />
          {user.macAssigned && (
            <Text size="xs" c="dimmed">
              {userWords.pseudoWhat}
            </Text>
          )}
        </>
      ),
    ],
    [
      heads.pbx,
      <Anchor
        key="pbx"
        size="sm"
        renderRoot={(props) => <Link to="/pbxs/$id" params={{ id: user.pbxId }} {...props} />}
      >
        {user.pbxName}
      </Anchor>,
    ],
    [heads.teams, user.teamsUserId ?? none],
    [heads.type, userWords.types[user.userType]],
    [userWords.filters.route, <RouteName key="route" id={user.voiceRouteId} />],
    [
      userWords.bulk.autoProvision,
      `${userWords.autoProvision[user.autoProvision]}${user.autoProvision === 'inherit' ? `: ${user.enabled.value ? userWords.filters.enabledOn : userWords.filters.enabledOff}` : ''}`,
    ],
    ...(user.didList === null ? [] : [[words.didList, user.didList.join(', ')] as const]),
    [
      userWords.bulk.voicemail,
      user.useTeamsVoicemail === null
        ? userWords.bulk.voicemailUnset
        : user.useTeamsVoicemail
          ? userWords.yes
          : userWords.no,
    ],
    [heads.tag, user.userTag ?? none],
    [
      heads.source,
      user.importId === null ? (
        userWords.sources[user.source]
      ) : (
        <Anchor
          key="source"
          size="sm"
          renderRoot={(props) => <Link to="/imports/$id" params={{ id: user.importId ?? '' }} {...props} />}
        >
          {userWords.sources[user.source]}
        </Anchor>
      ),
    ],
    [words.lastSuccess, <Ago key="success" time={user.lastSuccessAt} />],
    [heads.created, <Ago key="created" time={user.createdAt} />],
    [words.id, <CopyText key="id" text={user.id} label={words.id} />],
  ];
}

function RouteName({ id }: { readonly id: string | null }) {
  const routes = useQuery({ ...read('GET /voice-routes', { query: { limit: '500' } }), enabled: id !== null });
  return (
    <>{id === null ? userWords.bulk.tenantsRoute : (routes.data?.items.find((route) => route.id === id)?.name ?? id)}</>
  );
}
