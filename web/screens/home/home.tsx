// The first page: how everything stands, and the worst of each kind, each with the way to it.
import { Stack } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { lazy, Suspense } from 'react';
import { read } from '../../api/query.ts';
import { PageHead } from '../../parts/page-head.tsx';
import { Trouble, Waiting } from '../../parts/states.tsx';
import { homeWords } from '../../words/home.ts';
import { ThreeSteps } from './three-steps.tsx';
import { UserStrip } from './user-strip.tsx';

/** Comes while the answer is awaited: how the users stand is drawn without it. */
const Cards = lazy(() => import('./cards.tsx').then((module) => ({ default: module.Cards })));

/** How far an upload is tells no entry of the feed. */
const WHILE_UPLOADING_MS = 2_000;

export function HomeScreen() {
  const overview = useQuery({
    ...read('GET /overview', { query: {} }),
    refetchInterval: ({ state }) => (state.data?.imports?.total ? WHILE_UPLOADING_MS : false),
  });
  const { data } = overview;
  return (
    <>
      <PageHead title={homeWords.title} about={homeWords.about} />
      <Stack>
        {overview.isError && <Trouble error={overview.error} onRetry={() => void overview.refetch()} />}
        {overview.isPending && <Waiting lines={8} height={48} />}
        {data && (
          <>
            {(data.pbxs.total === 0 || data.users?.total === 0) && <ThreeSteps hasPbx={data.pbxs.total > 0} />}
            {data.users !== null && data.users.total > 0 && <UserStrip users={data.users} />}
            <Suspense fallback={<Waiting lines={6} height={48} />}>
              <Cards overview={data} />
            </Suspense>
          </>
        )}
      </Stack>
    </>
  );
}
