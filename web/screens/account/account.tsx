// One's own account: who one is, how one signs in, where one is signed in.
import { useNavigate, useSearch } from '@tanstack/react-router';
import { PageHead } from '../../parts/page-head.tsx';
import { PageTabs } from '../../parts/page-tabs.tsx';
import { accountWords } from '../../words/account.ts';
import { Password } from './password.tsx';
import { Profile } from './profile.tsx';
import { SecondFactor } from './second-factor.tsx';
import { Sessions } from './sessions.tsx';

export function AccountScreen() {
  const { tab } = useSearch({ from: '/shell/account' });
  const navigate = useNavigate();
  return (
    <>
      <PageHead title={accountWords.title} />
      <PageTabs
        label={accountWords.sections}
        open={tab}
        onOpen={(id) => void navigate({ to: '/account', search: { tab: id } })}
        tabs={[
          { id: 'profile', name: accountWords.tabs.profile, content: () => <Profile /> },
          {
            id: 'sign-in',
            name: accountWords.tabs.signIn,
            content: () => (
              <>
                <Password />
                <SecondFactor />
              </>
            ),
          },
          { id: 'sessions', name: accountWords.tabs.sessions, content: () => <Sessions /> },
        ]}
      />
    </>
  );
}
