import type { JSX } from 'preact';

interface IconProps {
  /** CSS pixels; 16 where nothing is said. */
  readonly size?: number;
}

/** An icon on a grid of 16, drawn with lines of the text's colour; said by nobody: words stand beside it. */
function lines(path: string) {
  return function Icon({ size = 16 }: IconProps): JSX.Element {
    return (
      <svg
        class="icon"
        width={size}
        height={size}
        viewBox="0 0 16 16"
        fill="none"
        stroke="currentColor"
        stroke-width="1.5"
        stroke-linecap="round"
        stroke-linejoin="round"
        aria-hidden="true"
      >
        <path d={path} />
      </svg>
    );
  };
}

export const OverviewIcon = lines(
  'M2.5 2.5h4v4h-4zM9.5 2.5h4v4h-4zM2.5 9.5h4v4h-4zM9.5 9.5h4v4h-4z',
);
export const AlertIcon = lines(
  'M8 2a4 4 0 0 0-4 4c0 4-1.5 5-1.5 5h11S12 10 12 6a4 4 0 0 0-4-4zM6.7 13.5a1.5 1.5 0 0 0 2.6 0',
);
export const RulesIcon = lines('M5.5 4h8M5.5 8h8M5.5 12h8M2.5 4h.01M2.5 8h.01M2.5 12h.01');
export const GraphIcon = lines('M2 2.5v11h12M4.5 10.5l3-4 2.5 2 3.5-5');
export const RoutingIcon = lines(
  'M4 3.5a1 1 0 1 0 0 .01M12 8a1 1 0 1 0 0 .01M12 12.5a1 1 0 1 0 0 .01M4 4.5v6a2 2 0 0 0 2 2h5M4 6a2 2 0 0 0 2 2h5',
);
export const AddHostIcon = lines('M2.5 3h11v4h-11zM2.5 7v4h5M5 5h.01M11.5 9.5v5M9 12h5');
export const MailIcon = lines('M2 3.5h12v9H2zM2 4.5l6 4.5 6-4.5');
export const KeyIcon = lines(
  'M10.5 2.5a3 3 0 1 0 0 6 3 3 0 0 0 0-6zM8.3 7.7L2.5 13.5M4.5 11.5l2 2',
);
export const AuditIcon = lines('M3.5 1.5h6l3 3v10h-9zM6 7h4M6 9.5h4M6 12h2.5');
export const PersonIcon = lines(
  'M8 2a3 3 0 1 0 0 6 3 3 0 0 0 0-6zM2.5 14c.5-3 2.7-4.5 5.5-4.5s5 1.5 5.5 4.5',
);
export const MenuIcon = lines('M2.5 4h11M2.5 8h11M2.5 12h11');
export const CloseIcon = lines('M3.5 3.5l9 9M12.5 3.5l-9 9');
export const CheckIcon = lines('M3 8.5l3.5 3.5 6.5-8');
export const CopyIcon = lines('M5.5 5.5h8v8h-8zM10.5 5.5v-3h-8v8h3');
export const ChevronDownIcon = lines('M4 6l4 4 4-4');
export const ChevronRightIcon = lines('M6 4l4 4-4 4');
export const ChevronLeftIcon = lines('M10 4l-4 4 4 4');
export const SearchIcon = lines('M7 2.5a4.5 4.5 0 1 0 0 9 4.5 4.5 0 0 0 0-9zM10.3 10.3l3.2 3.2');
export const PlusIcon = lines('M8 3v10M3 8h10');
export const MinusIcon = lines('M3 8h10');
export const EditIcon = lines('M10.5 3l2.5 2.5-7.5 7.5H3v-2.5z');
export const TrashIcon = lines('M3 4.5h10M6 4.5v-2h4v2M4.5 4.5l.5 9h6l.5-9');
export const ClockIcon = lines('M8 2a6 6 0 1 0 0 12A6 6 0 0 0 8 2zM8 5v3l2 1.5');
export const PauseIcon = lines('M5.5 3v10M10.5 3v10');
export const PlayIcon = lines('M5 3l7.5 5-7.5 5z');
export const MuteIcon = lines(
  'M2.5 2.5l11 11M6 2.5a4 4 0 0 1 6 3.5c0 2 .4 3.3.8 4M4 6c0 4-1.5 5-1.5 5H11',
);
export const DownloadIcon = lines('M8 2.5v7.5M5 7l3 3 3-3M2.5 13h11');
export const UploadIcon = lines('M8 10V2.5M5 5.5l3-3 3 3M2.5 13h11');
export const SortUpIcon = lines('M8 13V3M4.5 6.5L8 3l3.5 3.5');
export const SortDownIcon = lines('M8 3v10M4.5 9.5L8 13l3.5-3.5');
export const OfflineIcon = lines(
  'M2 2l12 12M4.8 8.8A5 5 0 0 1 7 7.5M2.5 6.3a8 8 0 0 1 2-1.4M7.5 4a8 8 0 0 1 6 2.3M8 12h.01',
);
export const LinkIcon = lines(
  'M6.5 9.5l3-3M7.5 4.5l1.5-1.5a2.8 2.8 0 0 1 4 4l-1.5 1.5M8.5 11.5L7 13a2.8 2.8 0 0 1-4-4l1.5-1.5',
);

/** Hypervigil's mark: a beat. */
export function Mark({ size = 20 }: IconProps): JSX.Element {
  return (
    <svg class="icon mark" width={size} height={size} viewBox="0 0 16 16" aria-hidden="true">
      <path
        d="M1 9h3l2-6 4 10 2-4h3"
        fill="none"
        stroke="currentColor"
        stroke-width="2"
        stroke-linejoin="round"
      />
    </svg>
  );
}
