/** A button with a menu whose code is fetched when somebody goes for the button: the page behind does not need it. */

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

/** @param load the menu, which is given its button as its child */
export function onDemand(load: () => Promise<ComponentType<MenuProps>>) {
  let menu: ComponentType<MenuProps> | undefined;
  const fetched = async () => {
    menu ??= await load();
  };

  return function WithMenu({ children }: { children: ReactElement<ButtonProps> }) {
    // The menu takes the button over with the first press; before that, the focus has nothing to lose.
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
      // A pointer is there some time before it presses.
      onPointerEnter: () => void fetched().catch(() => {}),
      "aria-haspopup": "menu",
      "aria-expanded": false,
    });
  };
}
