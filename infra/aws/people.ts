import {
  AdminAddUserToGroupCommand,
  AdminCreateUserCommand,
  AdminDeleteUserCommand,
  AdminDisableUserCommand,
  AdminGetUserCommand,
  AdminListGroupsForUserCommand,
  AdminRemoveUserFromGroupCommand,
  AdminUserGlobalSignOutCommand,
  type CognitoIdentityProviderClient,
  paginateListUsers,
  paginateListUsersInGroup,
  UserNotFoundException,
  UsernameExistsException,
} from '@aws-sdk/client-cognito-identity-provider';
import { ROLES, type Role } from '../../core/role.ts';
import { revokeTokensOf } from '../../functions/store/api-tokens.ts';
import type { Table } from '../../functions/store/dynamo.ts';
import { createSessionStore } from '../../functions/store/sessions.ts';

/** The user pool of a deployment, and the table in which their sessions are. */
export interface People {
  readonly cognito: CognitoIdentityProviderClient;
  readonly poolId: string;
  readonly table: Table;
}

/** Somebody in the pool. */
export interface PersonEntry {
  readonly email: string;
  /** The most that their groups allow; `undefined`: they are in none of ours, and are let in nowhere. */
  readonly role: Role | undefined;
  /** As Cognito has it: `CONFIRMED`, `FORCE_CHANGE_PASSWORD` until the first sign-in ... */
  readonly status: string;
  readonly isEnabled: boolean;
  readonly madeAtMs: number;
}

/** An expected failure: its message is for whoever ran the command. */
class PeopleFailure extends Error {
  override readonly name = 'PeopleFailure';
}

/** Makes a person; Cognito sends them a first password by email. Throws `PeopleFailure` if there is one. */
export async function addPerson(
  { cognito, poolId }: People,
  email: string,
  role: Role,
): Promise<void> {
  try {
    await cognito.send(
      new AdminCreateUserCommand({
        UserPoolId: poolId,
        Username: email,
        UserAttributes: [
          { Name: 'email', Value: email },
          { Name: 'email_verified', Value: 'true' },
        ],
        DesiredDeliveryMediums: ['EMAIL'],
      }),
    );
  } catch (error) {
    if (!(error instanceof UsernameExistsException)) throw error;
    throw new PeopleFailure(`${email} is there already: --change gives them another role`);
  }
  await joinGroup({ cognito, poolId }, email, role);
}

/**
 * Gives a person another role and ends their sessions, which had the old one, and their tokens that may more. The
 * new one first: nobody is left without if this fails in between. Throws `PeopleFailure` for somebody who is not there.
 */
export async function changeRole(
  people: People,
  email: string,
  role: Role,
  nowMs: number,
): Promise<Removed> {
  const { cognito, poolId, table } = people;
  const { sub, names } = await findPerson(people, email);
  await joinGroup(people, email, role);
  const { Groups = [] } = await cognito.send(
    new AdminListGroupsForUserCommand({ UserPoolId: poolId, Username: email }),
  );
  for (const other of ROLES) {
    if (other === role || !Groups.some(({ GroupName }) => GroupName === other)) continue;
    await cognito.send(
      new AdminRemoveUserFromGroupCommand({
        ...{ UserPoolId: poolId, Username: email, GroupName: other },
      }),
    );
  }
  const sessions = await endSessions(table, sub);
  // Last: until then their sessions may make some.
  const ended = await revokeTokensOf(table, names, nowMs, role);
  return { sessions, tokens: ended.length };
}

/** Ends a person's sessions here and all they have at Cognito. The person may sign in again. */
export async function signOutPerson(people: People, email: string): Promise<number> {
  const { sub } = await findPerson(people, email);
  const { cognito, poolId, table } = people;
  await cognito.send(new AdminUserGlobalSignOutCommand({ UserPoolId: poolId, Username: email }));
  return endSessions(table, sub);
}

/** What went with a person. */
export interface Removed {
  readonly sessions: number;
  readonly tokens: number;
}

/** Takes a person away, with their sessions and their own tokens. May be done again after it failed. */
export async function removePerson(people: People, email: string, nowMs: number): Promise<Removed> {
  const { cognito, poolId, table } = people;
  const { sub, names } = await findPerson(people, email);
  // First: no session begins or is renewed any more, and each that ends makes no token after that.
  await cognito.send(new AdminDisableUserCommand({ UserPoolId: poolId, Username: email }));
  const sessions = await endSessions(table, sub);
  const theirs = await revokeTokensOf(table, names, nowMs);
  // Last: what is done again must find them.
  await cognito.send(new AdminDeleteUserCommand({ UserPoolId: poolId, Username: email }));
  // Those whose sign-in was under way.
  const more = await endSessions(table, sub);
  const late = await revokeTokensOf(table, names, nowMs);
  return { sessions: sessions + more, tokens: theirs.length + late.length };
}

/** Everybody in the pool, by address. */
export async function listPeople({ cognito, poolId }: People): Promise<readonly PersonEntry[]> {
  const roles = new Map<string, Role>();
  // The highest last: it stays.
  for (const role of ROLES) {
    const pages = paginateListUsersInGroup(
      { client: cognito },
      { UserPoolId: poolId, GroupName: role },
    );
    for await (const { Users = [] } of pages)
      for (const { Username = '' } of Users) roles.set(Username, role);
  }
  const found: PersonEntry[] = [];
  for await (const { Users = [] } of paginateListUsers({ client: cognito }, { UserPoolId: poolId }))
    for (const user of Users) {
      const email = user.Attributes?.find(({ Name }) => Name === 'email')?.Value;
      found.push({
        email: email ?? user.Username ?? '',
        role: roles.get(user.Username ?? ''),
        status: user.UserStatus ?? 'UNKNOWN',
        isEnabled: user.Enabled !== false,
        madeAtMs: user.UserCreateDate?.getTime() ?? Number.NaN,
      });
    }
  return found.sort((a, b) => (a.email < b.email ? -1 : 1));
}

async function joinGroup(
  { cognito, poolId }: Pick<People, 'cognito' | 'poolId'>,
  email: string,
  role: Role,
): Promise<void> {
  await cognito.send(
    new AdminAddUserToGroupCommand({ UserPoolId: poolId, Username: email, GroupName: role }),
  );
}

interface FoundPerson {
  readonly sub: string;
  /** All that their tokens may call them: without a proven address they are called as Cognito does. */
  readonly names: readonly string[];
}

async function findPerson({ cognito, poolId }: People, email: string): Promise<FoundPerson> {
  try {
    const { UserAttributes = [] } = await cognito.send(
      new AdminGetUserCommand({ UserPoolId: poolId, Username: email }),
    );
    const sub = UserAttributes.find(({ Name }) => Name === 'sub')?.Value;
    if (sub === undefined) throw new Error(`${email}: Cognito names no sub`);
    const written = UserAttributes.find(({ Name }) => Name === 'email')?.Value;
    return { sub, names: written === undefined ? [email, sub] : [email, written, sub] };
  } catch (error) {
    if (!(error instanceof UserNotFoundException)) throw error;
    throw new PeopleFailure(`nobody has the address ${email}`);
  }
}

/** How many there were. Functions that know one take it for less than a minute more. */
async function endSessions(table: Table, sub: string): Promise<number> {
  const store = createSessionStore(table);
  const theirs = (await store.list(Date.now())).filter((session) => session.sub === sub);
  for (const { hash } of theirs) await store.end(hash);
  return theirs.length;
}
