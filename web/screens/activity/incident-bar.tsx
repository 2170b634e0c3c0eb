// PBXs that are not asked as they should be: one card each above the feed, instead of one line for each of their users.
import { Anchor, Card, Group, SimpleGrid, Stack, Text, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { call } from '../../api/client.ts';
import { useMay } from '../../api/me.ts';
import { queryClient, read } from '../../api/query.ts';
import { Ago } from '../../parts/ago.tsx';
import { MayButton } from '../../parts/may-button.tsx';
import { Reason } from '../../parts/reason.tsx';
import { Dot } from '../../parts/status-chip.tsx';
import { tell, tellProblem } from '../../parts/toast.ts';
import { activityWords } from '../../words/activity.ts';
import { INCIDENT_VERBS, type Incident, openIncidents } from './incidents.ts';

const MOST = 50;

interface Place {
  readonly tenant?: string | undefined;
  readonly pbx?: string | undefined;
}

/** What cannot be read here is no trouble of the feed: then there is nothing above it. */
export function IncidentBar({ tenant, pbx }: Place) {
  const incidents = useIncidents(tenant).filter(({ pbxId }) => pbx === undefined || pbx === pbxId);
  if (incidents.length === 0) return null;
  return (
    <section aria-label={activityWords.incidents}>
      <Title order={2} size="h5" mb="xs">
        {activityWords.incidents}
      </Title>
      <SimpleGrid cols={{ base: 1, md: incidents.length === 1 ? 1 : 2 }} spacing="sm" mb="md">
        {incidents.map((incident) => (
          <IncidentCard key={incident.pbxId} incident={incident} />
        ))}
      </SimpleGrid>
    </section>
  );
}

function useIncidents(tenantId: string | undefined): readonly Incident[] {
  const pbxs = useQuery(read('GET /pbxs', { query: { state: 'trouble', limit: String(MOST), tenantId } }));
  const told = useQuery({
    ...read('GET /activity', { query: { verb: INCIDENT_VERBS.join(','), outcome: 'failed', limit: '100', tenantId } }),
    enabled: (pbxs.data?.items.length ?? 0) > 0,
  });
  return openIncidents(pbxs.data?.items ?? [], told.data?.items ?? [], Date.now());
}

function IncidentCard({ incident }: { readonly incident: Incident }) {
  const { pbxId, name, kind, code, since, waiting, sentence, nextAction, nextProbe } = incident;
  return (
    <Card withBorder padding="sm">
      <Stack gap="xs">
        <Group justify="space-between" gap="xs">
          <Group gap="sm">
            <Anchor
              size="sm"
              fw={600}
              renderRoot={(props) => <Link to="/pbxs/$id" params={{ id: pbxId }} {...props} />}
            >
              {name}
            </Anchor>
            <Dot
              word={kind === 'login' ? activityWords.incidentLogin : activityWords.incidentPause}
              dot={kind === 'login' ? '--dot-failed' : '--dot-stale'}
            />
            {since !== null && (
              <Text size="xs" c="dimmed">
                {`${activityWords.since} `}
                <Ago time={since} />
              </Text>
            )}
          </Group>
          <Text size="sm">{activityWords.waitingUsers(waiting)}</Text>
        </Group>
        <Reason code={code} sentence={sentence} {...(nextAction !== null && { nextAction })} />
        <Group gap="sm" justify="space-between">
          <Text size="xs" c="dimmed">
            {nextProbe === null ? activityWords.noProbe : `${activityWords.nextProbe}: `}
            {nextProbe !== null && <Ago time={nextProbe} />}
          </Text>
          <Group gap="xs">
            <Anchor size="sm" renderRoot={(props) => <Link to="/activity" search={{ pbx: pbxId }} {...props} />}>
              {activityWords.showEntries}
            </Anchor>
            <Anchor
              size="sm"
              renderRoot={(props) => (
                <Link
                  to="/pbxs/$id"
                  params={{ id: pbxId }}
                  search={{ tab: kind === 'login' ? 'login' : 'source' }}
                  {...props}
                />
              )}
            >
              {activityWords.settings}
            </Anchor>
            <SyncPbx incident={incident} />
          </Group>
        </Group>
      </Stack>
    </Card>
  );
}

function SyncPbx({ incident: { pbxId, tenantId, name } }: { readonly incident: Incident }) {
  const { why } = useMay('pbx.sync', { tenantId, pbxId });
  const [isBusy, setBusy] = useState(false);
  async function sync(): Promise<void> {
    setBusy(true);
    try {
      tell(activityWords.synced((await call('POST /pbxs/{id}/sync', { params: { id: pbxId } })).requested));
      await queryClient.invalidateQueries({ queryKey: ['pbxs'] });
    } catch (error) {
      tellProblem(error);
    } finally {
      setBusy(false);
    }
  }
  return (
    <MayButton
      why={why}
      size="xs"
      variant="default"
      loading={isBusy}
      onClick={() => void sync()}
      aria-label={activityWords.syncPbx(name)}
    >
      {activityWords.sync}
    </MayButton>
  );
}
