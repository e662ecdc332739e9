import * as Ariakit from '@ariakit/react/tooltip';
import type { JSX } from 'preact';
import { useId } from 'preact/hooks';
import './tooltip.css';

interface TooltipProps {
  readonly text: string;
  /** `name`: the element is called so already, and it need not be read out twice. */
  readonly is?: 'description' | 'name';
  /** One element that can have the focus, so that keyboards reach what is said. */
  readonly children: JSX.Element;
}

const SHOW_AFTER_MS = 400;

/** A few words about an element, on hover and on focus; Escape takes them away. */
export function Tooltip({ text, is = 'description', children }: TooltipProps): JSX.Element {
  const store = Ariakit.useTooltipStore({ timeout: SHOW_AFTER_MS, hideTimeout: 100 });
  const id = useId();
  const describes = is === 'description';
  return (
    <>
      <Ariakit.TooltipAnchor
        store={store}
        {...(describes ? { 'aria-describedby': id } : {})}
        render={children}
      />
      {describes && (
        <span id={id} hidden>
          {text}
        </span>
      )}
      <Ariakit.Tooltip
        store={store}
        className="tooltip"
        gutter={6}
        aria-hidden="true"
        unmountOnHide
      >
        {text}
      </Ariakit.Tooltip>
    </>
  );
}
