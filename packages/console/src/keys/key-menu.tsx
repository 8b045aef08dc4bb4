import { Menu } from '@base-ui/react/menu';
import type { KeysPageKey } from '@keyhold/api/keys-page';
import { buttonClasses } from '../ui/button.tsx';
import { Icon } from '../ui/icons.tsx';
import { useSurroundings } from './surroundings.tsx';

export type KeyAction = 'rename' | 'recycle' | 'disable' | 'enable' | 'revoke';

/** What can be done with a key as it is now. */
function actionsFor({ state, held }: KeysPageKey): readonly KeyAction[] {
  if (state === 'revoked') return [];
  if (state === 'expired') return ['rename', 'revoke'];
  const toggle: readonly KeyAction[] = state === 'active' ? ['disable'] : held ? [] : ['enable'];
  return ['rename', 'recycle', ...toggle, 'revoke'];
}

export function KeyMenu(props: {
  readonly row: KeysPageKey;
  readonly onAction: (action: KeyAction) => void;
}) {
  const { say, popups } = useSurroundings();
  const { row, onAction } = props;
  const actions = actionsFor(row);
  if (actions.length === 0) return null;
  return (
    <Menu.Root modal={false}>
      <Menu.Trigger
        aria-label={say('actionsOf', { name: row.name })}
        className={buttonClasses(
          'quiet',
          'w-9 px-0! data-popup-open:bg-panel data-popup-open:text-ink coarse:w-11',
        )}
      >
        <Icon name="dots" />
      </Menu.Trigger>
      <Menu.Portal container={popups}>
        <Menu.Positioner align="end" sideOffset={4} className="kh-app z-30 bg-transparent!">
          <Menu.Popup className="kh-popup min-w-40 rounded-kh border border-line bg-raised p-1 shadow-lg outline-none">
            {actions.map((action) => (
              <Menu.Item
                key={action}
                onClick={() => onAction(action)}
                className={`flex h-8 cursor-pointer items-center rounded-md px-2.5 text-sm outline-none data-highlighted:bg-panel coarse:h-11 ${action === 'revoke' ? 'text-danger' : ''}`}
              >
                {say(action)}
              </Menu.Item>
            ))}
          </Menu.Popup>
        </Menu.Positioner>
      </Menu.Portal>
    </Menu.Root>
  );
}
