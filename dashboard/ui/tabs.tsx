import * as Ariakit from '@ariakit/react/tab';
import type { ComponentChildren, JSX } from 'preact';
import './tabs.css';

export interface TabItem<Id extends string> {
  readonly id: Id;
  readonly title: ComponentChildren;
}

interface TabsProps<Id extends string> {
  readonly label: string;
  readonly tabs: readonly TabItem<Id>[];
  readonly selected: Id;
  readonly onSelect: (id: Id) => void;
  /** What the selected tab shows. */
  readonly children: ComponentChildren;
}

/** Views of the same thing, one at a time; arrow keys go from one to the next. Keep the selected one in the URL. */
export function Tabs<Id extends string>(props: TabsProps<Id>): JSX.Element {
  const { label, tabs, selected, onSelect, children } = props;
  const store = Ariakit.useTabStore({
    selectedId: selected,
    setSelectedId: (id) => {
      const tab = tabs.find((one) => one.id === id);
      if (tab !== undefined && tab.id !== selected) onSelect(tab.id);
    },
  });
  return (
    <div class="tabs">
      <Ariakit.TabList store={store} className="tabs-list" aria-label={label}>
        {tabs.map(({ id, title }) => (
          <Ariakit.Tab store={store} key={id} id={id} className="tabs-tab">
            {title}
          </Ariakit.Tab>
        ))}
      </Ariakit.TabList>
      <Ariakit.TabPanel store={store} tabId={selected} className="tabs-panel">
        {children}
      </Ariakit.TabPanel>
    </div>
  );
}
