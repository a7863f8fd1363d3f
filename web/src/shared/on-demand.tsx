/** A button with a menu. The menu's code is fetched when the pointer reaches the button or the button is pressed. */

import {
  type ComponentType,
  cloneElement,
  type MouseEventHandler,
  type PointerEventHandler,
  type ReactElement,
  useState,
} from "react";
import { notify } from "./notices.tsx";

interface MenuProps {
  isOpen: boolean;
  onChange(isOpen: boolean): void;
  children: ReactElement;
}

interface ButtonProps {
  onClick?: MouseEventHandler;
  onPointerEnter?: PointerEventHandler;
  "aria-haspopup"?: "menu";
  "aria-expanded"?: boolean;
}

/** @param load loads the menu, which receives its button as its child */
export function onDemand(load: () => Promise<ComponentType<MenuProps>>) {
  let menu: ComponentType<MenuProps> | undefined;
  const fetched = async () => {
    menu ??= await load();
  };

  return function WithMenu({ children }: { children: ReactElement<ButtonProps> }) {
    // The menu takes over the button on the first press, not earlier, so that the focus is not lost.
    const [isPressed, setPressed] = useState(false);
    const [isOpen, setOpen] = useState(false);
    const Menu = menu;
    if (isPressed && Menu !== undefined) {
      return (
        <Menu isOpen={isOpen} onChange={setOpen}>
          {children}
        </Menu>
      );
    }
    const press = () =>
      fetched().then(
        () => {
          setPressed(true);
          setOpen(true);
        },
        () => notify({ text: "The menu could not be loaded. Try again in a moment.", tone: "bad" }),
      );
    return cloneElement(children, {
      onClick: press,
      // The pointer reaches the button some time before the press.
      onPointerEnter: () => void fetched().catch(() => {}),
      "aria-haspopup": "menu",
      "aria-expanded": false,
    });
  };
}
