import * as Ariakit from '@ariakit/react/menu';
import type { ComponentChildren, JSX } from 'preact';
import './menu.css';

export interface MenuItem {
  readonly text: ComponentChildren;
  readonly icon?: JSX.Element;
  readonly onSelect: () => void;
  /** Why it can't be chosen. */
  readonly reason?: string | undefined;
  readonly danger?: boolean;
  /** It is what holds now: a choice of several. */
  readonly checked?: boolean;
}

interface MenuProps {
  /** What the button is called. */
  readonly label: string;
  /** What is on the button; the label is read out. */
  readonly button: ComponentChildren;
  readonly items: readonly MenuItem[];
  readonly class?: string;
}

/** Things to do, behind one button. */
export function Menu({ label, button, items, ...more }: MenuProps): JSX.Element {
  const store = Ariakit.useMenuStore({ placement: 'bottom-end' });
  return (
    <>
      <Ariakit.MenuButton store={store} className={more.class ?? 'icon-button'} aria-label={label}>
        {button}
      </Ariakit.MenuButton>
      <Ariakit.Menu
        store={store}
        className="menu"
        gutter={4}
        aria-label={label}
        unmountOnHide
        portal
      >
        {items.map((item, i) => (
          <Ariakit.MenuItem
            // Their order is all that tells them apart.
            key={String(i)}
            className={item.danger === true ? 'menu-item menu-item-danger' : 'menu-item'}
            disabled={item.reason !== undefined}
            accessibleWhenDisabled
            onClick={item.onSelect}
            {...(item.checked === undefined
              ? {}
              : { role: 'menuitemradio', 'aria-checked': item.checked })}
          >
            <span class="menu-icon">{item.checked === true ? '✓' : item.icon}</span>
            <span>
              {item.text}
              {item.reason !== undefined && <span class="menu-reason">{item.reason}</span>}
            </span>
          </Ariakit.MenuItem>
        ))}
      </Ariakit.Menu>
    </>
  );
}
