import type { JSX } from 'preact';
import type { PageName } from '../../core/answers/page-names.ts';
import { useCaller } from '../api/caller.ts';
import { t } from '../i18n/language.ts';
import {
  AddHostIcon,
  AlertIcon,
  AuditIcon,
  GraphIcon,
  KeyIcon,
  MailIcon,
  MenuIcon,
  OverviewIcon,
  PersonIcon,
  RoutingIcon,
  RulesIcon,
} from '../ui/icons.tsx';
import { Menu } from '../ui/menu.tsx';
import { Link } from './link.tsx';
import { APP, GROUP_TITLES, PAGE_TITLES } from './messages.ts';
import './navigation.css';
import { hasPage } from './page-loader.ts';
import { navigate, usePage } from './router.ts';

interface Entry {
  readonly page: PageName;
  readonly icon: () => JSX.Element;
  /** The act that it takes; absent: anybody may look. */
  readonly act?: string;
}

interface Group {
  readonly title: keyof typeof GROUP_TITLES;
  readonly entries: readonly Entry[];
}

const GROUPS: readonly Group[] = [
  {
    title: 'watch',
    entries: [
      { page: 'overview', icon: () => <OverviewIcon /> },
      { page: 'alerts', icon: () => <AlertIcon /> },
      { page: 'graph', icon: () => <GraphIcon /> },
    ],
  },
  {
    title: 'set',
    entries: [
      { page: 'rules', icon: () => <RulesIcon /> },
      { page: 'routing', icon: () => <RoutingIcon /> },
      { page: 'subscriptions', icon: () => <MailIcon /> },
      { page: 'add-host', icon: () => <AddHostIcon />, act: 'makeEnrolmentTokens' },
    ],
  },
  {
    title: 'people',
    entries: [
      { page: 'tokens', icon: () => <KeyIcon /> },
      { page: 'audit', icon: () => <AuditIcon />, act: 'readAudit' },
      { page: 'account', icon: () => <PersonIcon /> },
    ],
  },
];

/** On phones: what a link from a message is about; the rest is behind a button. */
const ON_PHONES: readonly PageName[] = ['overview', 'alerts', 'graph'];

/** What pages there are for who asks; what they may not open is left out once that is known. */
function useGroups(): readonly Group[] {
  const caller = useCaller();
  const isOffered = ({ page, act }: Entry) =>
    hasPage(page) && (act === undefined || caller === undefined || caller.may[act]);
  return GROUPS.map((group) => ({ ...group, entries: group.entries.filter(isOffered) }));
}

/** Pages that are looked at from another one: that is the one which is lit. */
const WITHIN: Partial<Record<PageName, PageName>> = { host: 'overview', vm: 'overview' };

function currentOf(entry: PageName, page: PageName | undefined): 'page' | 'location' | undefined {
  if (entry === page) return 'page';
  return page !== undefined && WITHIN[page] === entry ? 'location' : undefined;
}

/** The column at the side of wide screens. */
export function SideBar(): JSX.Element {
  const page = usePage();
  return (
    <nav class="side-bar" aria-label={t(APP.pages)}>
      {useGroups().map(({ title, entries }) => (
        <div class="side-group" key={title}>
          <p class="side-title">{t(GROUP_TITLES[title])}</p>
          <ul>
            {entries.map((entry) => (
              <li key={entry.page}>
                <Link to={entry.page} class="side-link" current={currentOf(entry.page, page)}>
                  {entry.icon()}
                  <span>{t(PAGE_TITLES[entry.page])}</span>
                </Link>
              </li>
            ))}
          </ul>
        </div>
      ))}
    </nav>
  );
}

/** The bar at the lower edge of phones, where a thumb reaches it. */
export function BottomBar(): JSX.Element {
  const page = usePage();
  const entries = useGroups().flatMap((group) => group.entries);
  const shown = entries.filter((entry) => ON_PHONES.includes(entry.page));
  const others = entries.filter((entry) => !ON_PHONES.includes(entry.page));
  return (
    <nav class="bottom-bar" aria-label={t(APP.pages)}>
      {shown.map((entry) => (
        <Link
          key={entry.page}
          to={entry.page}
          class="bottom-link"
          current={currentOf(entry.page, page)}
        >
          {entry.icon()}
          <span>{t(PAGE_TITLES[entry.page])}</span>
        </Link>
      ))}
      <Menu
        label={t(APP.more)}
        class={
          others.some((entry) => entry.page === page)
            ? 'bottom-link bottom-link-current'
            : 'bottom-link'
        }
        button={
          <>
            <MenuIcon />
            <span>{t(APP.more)}</span>
          </>
        }
        items={others.map((entry) => ({
          text: t(PAGE_TITLES[entry.page]),
          icon: entry.icon(),
          onSelect: () => navigate(entry.page),
        }))}
      />
    </nav>
  );
}
