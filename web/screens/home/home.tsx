// The first page: how everything stands, and the worst of each kind, each with the way to it. Each card is read by itself: one that
// is slow or cannot be read holds up no other.
import { Stack } from '@mantine/core';
import { lazy, Suspense } from 'react';
import { PageHead } from '../../parts/page-head.tsx';
import { Waiting } from '../../parts/states.tsx';
import { homeWords } from '../../words/home.ts';
import { usePart } from './part.ts';
import { ThreeSteps } from './three-steps.tsx';
import { UserStrip } from './user-strip.tsx';

/** Comes while the answers are awaited: how the users stand is drawn without it. */
const Cards = lazy(() => import('./cards.tsx').then((module) => ({ default: module.Cards })));

export function HomeScreen() {
  const users = usePart('users');
  const pbxs = usePart('pbxs');
  const isNew = pbxs.value?.total === 0 || users.value?.total === 0;
  return (
    <>
      <PageHead title={homeWords.title} about={homeWords.about} />
      <Stack>
        {isNew && pbxs.value && <ThreeSteps hasPbx={pbxs.value.total > 0} />}
        {users.value !== null && users.value?.total !== 0 && <UserStrip part={users} />}
        <Suspense fallback={<Waiting lines={6} height={48} />}>
          <Cards pbxs={pbxs} />
        </Suspense>
      </Stack>
    </>
  );
}
