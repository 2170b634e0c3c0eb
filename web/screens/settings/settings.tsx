// Settings: how people of a tenant sign in, and what this installation is.
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useMay } from '../../api/me.ts';
import { queryClient } from '../../api/query.ts';
import { useAudit } from '../../live/audit.ts';
import { OnlyFor } from '../../parts/not-allowed.tsx';
import { PageHead } from '../../parts/page-head.tsx';
import { PageTabs } from '../../parts/page-tabs.tsx';
import { Empty } from '../../parts/states.tsx';
import { roleWords } from '../../words/roles.ts';
import { settingsWords } from '../../words/settings.ts';
import { About } from './about.tsx';
import { Domains } from './domains.tsx';
import { Installation } from './installation.tsx';
import { Providers } from './providers.tsx';

export function SettingsScreen() {
  return (
    <OnlyFor action="pbx.read" title={settingsWords.title}>
      <Settings />
    </OnlyFor>
  );
}

function Settings() {
  const search = useSearch({ from: '/shell/settings' });
  const navigate = useNavigate();
  return (
    <>
      <PageHead title={settingsWords.title} />
      <PageTabs
        label={settingsWords.sections}
        open={search.tab}
        onOpen={(tab) => void navigate({ to: '/settings', search: { ...search, tab } })}
        tabs={[
          { id: 'sign-on', name: settingsWords.tabs.signOn, content: () => <SignOn /> },
          { id: 'installation', name: settingsWords.tabs.installation, content: () => <Installation /> },
          { id: 'about', name: settingsWords.tabs.about, content: () => <About /> },
        ]}
      />
    </>
  );
}

function SignOn() {
  const { allowed, why } = useMay('settings.read');
  if (!allowed) return <Empty title={roleWords.missing('settings.read')}>{why}</Empty>;
  return <LiveSignOn />;
}

/** Whoever reads this reads the audit too, which tells what others change here. */
function LiveSignOn() {
  useAudit((entries) => {
    const types = new Set(entries.map(({ objectType }) => objectType));
    for (const [type, noun] of [
      ['ssoProvider', 'sso-providers'],
      ['domain', 'domains'],
    ] as const) {
      if (entries.length === 0 || types.has(type)) void queryClient.invalidateQueries({ queryKey: [noun] });
    }
  });
  return (
    <>
      <Providers />
      <Domains />
    </>
  );
}
