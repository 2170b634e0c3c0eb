// A change of one user, judged together with what is stored of it. Pure: knows no database and not which other users there are.
import { type AutoProvision, type CheckedUser, checkUser, type PbxFacts, type UserDraft } from './row.ts';
import type { UserType } from './user-types.ts';

/** What is to be changed: absent stays, null clears. */
export interface UserPatch {
  readonly name?: string | null | undefined;
  readonly teamsUserId?: string | null | undefined;
  readonly sipUserId?: string | null | undefined;
  readonly userTag?: string | null | undefined;
  readonly mac?: string | null | undefined;
  readonly autoProvision?: AutoProvision | undefined;
  readonly provUsername?: string | null | undefined;
  readonly provPassword?: string | null | undefined;
  readonly did?: string | null | undefined;
  readonly lineRule?: string | null | undefined;
  readonly userType?: UserType | undefined;
  readonly voiceRouteId?: string | null | undefined;
  readonly useTeamsVoicemail?: boolean | null | undefined;
  readonly sipAuthId?: string | null | undefined;
  readonly sipPassword?: string | null | undefined;
  readonly portalLoginName?: string | null | undefined;
  readonly portalLoginPassword?: string | null | undefined;
  readonly didList?: readonly string[] | null | undefined;
  readonly defaultDidIndex?: number | null | undefined;
}

/** What is stored of it. */
export interface StoredFields extends Omit<UserDraft, 'mac' | 'provPassword' | 'sipPassword' | 'portalLoginPassword'> {
  readonly mac: string | null;
  readonly provPasswordSet: boolean;
  readonly portalLoginPasswordSet: boolean;
}

/** With the login its password goes. */
export function clearsLogin(patch: UserPatch): boolean {
  return patch.provUsername === null;
}

export function clearsPortalLogin(patch: UserPatch): boolean {
  return patch.portalLoginName === null;
}

/** All problems of the user as it would be. In the draft a MAC and secrets are those of the patch only. */
export function checkPatch(user: StoredFields, patch: UserPatch, pbx: PbxFacts): CheckedUser {
  const pick = <T>(given: T | undefined, stored: T): T => (given === undefined ? stored : given);
  return checkUser(
    {
      name: pick(patch.name, user.name) ?? '',
      teams_user_id: pick(patch.teamsUserId, user.teamsUserId) ?? '',
      sip_user_id: pick(patch.sipUserId, user.sipUserId) ?? '',
      user_tag: pick(patch.userTag, user.userTag) ?? '',
      mac_address: patch.mac ?? '',
      auto_provision: pick(patch.autoProvision, user.autoProvision),
      prov_username: pick(patch.provUsername, user.provUsername) ?? '',
      prov_password: patch.provPassword ?? '',
      phone_number: pick(patch.did, user.did) ?? '',
      line_rule: pick(patch.lineRule, user.lineRule) ?? '',
      user_type: pick(patch.userType, user.userType),
      use_teams_voicemail: pick(patch.useTeamsVoicemail, user.useTeamsVoicemail)?.toString() ?? '',
      sip_auth_id: pick(patch.sipAuthId, user.sipAuthId) ?? '',
      password: patch.sipPassword ?? '',
      portal_login_name: pick(patch.portalLoginName, user.portalLoginName) ?? '',
      portal_login_password: patch.portalLoginPassword ?? '',
      did_list: pick(patch.didList, user.didList)?.join(',') ?? '',
      default_did_index_number: pick(patch.defaultDidIndex, user.defaultDidIndex)?.toString() ?? '',
    },
    pbx,
    {
      // A MAC that is cleared is not assigned anew: that is asked for with AUTO_ASSIGN.
      hasMac: patch.mac === null || user.mac !== null,
      hasPassword:
        patch.provPassword === undefined
          ? user.provPasswordSet && !clearsLogin(patch)
          : (patch.provPassword ?? '') !== '',
      hasPortalPassword:
        patch.portalLoginPassword === undefined
          ? user.portalLoginPasswordSet && !clearsPortalLogin(patch)
          : (patch.portalLoginPassword ?? '') !== '',
      voiceRouteId: pick(patch.voiceRouteId, user.voiceRouteId),
    },
  );
}
