// Members: who signs in here, and what roles may do.
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useState } from 'react';
import { useMay } from '../../api/me.ts';
import { MayButton } from '../../parts/may-button.tsx';
import { OnlyFor } from '../../parts/not-allowed.tsx';
import { PageHead } from '../../parts/page-head.tsx';
import { PageTabs } from '../../parts/page-tabs.tsx';
import { memberWords } from '../../words/members.ts';
import { Invite } from './invite.tsx';
import { MemberList } from './member-list.tsx';
import { RoleTable } from './role-table.tsx';

export function MembersScreen() {
  return (
    <OnlyFor action="member.read" title={memberWords.title}>
      <Members />
    </OnlyFor>
  );
}

function Members() {
  const search = useSearch({ from: '/shell/members' });
  const navigate = useNavigate();
  const [isInviting, setInviting] = useState(false);
  const { why } = useMay('member.create');
  const invite = (
    <MayButton why={why} onClick={() => setInviting(true)}>
      {memberWords.invite}
    </MayButton>
  );
  return (
    <>
      <PageHead title={memberWords.title} about={memberWords.about} actions={invite} />
      <PageTabs
        label={memberWords.views}
        open={search.tab}
        onOpen={(tab) => void navigate({ to: '/members', search: { ...search, tab } })}
        tabs={[
          { id: 'members', name: memberWords.tabs.members, content: () => <MemberList /> },
          { id: 'roles', name: memberWords.tabs.roles, content: () => <RoleTable /> },
        ]}
      />
      <Invite opened={isInviting} onClose={() => setInviting(false)} />
    </>
  );
}
