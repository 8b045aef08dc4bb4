import { createContext, type ReactNode, useContext, useEffect, useState } from 'react';

const ToldContext = createContext<(text: string) => void>(() => undefined);

/** Says what was done, for a while, at the foot of the window. */
export function useTell(): (text: string) => void {
  return useContext(ToldContext);
}

const READING_MS = 6_000;

export function ToldProvider({ children }: { readonly children: ReactNode }) {
  const [text, setText] = useState('');
  useEffect(() => {
    if (text === '') return;
    const timer = setTimeout(() => setText(''), READING_MS);
    return () => clearTimeout(timer);
  }, [text]);
  return (
    <ToldContext value={setText}>
      {children}
      <p
        role="status"
        className="fixed inset-x-0 bottom-6 z-30 mx-auto w-fit max-w-[calc(100%-2rem)] rounded-kh bg-ink px-4 py-2.5 text-sm text-paper shadow-lg empty:hidden"
      >
        {text}
      </p>
    </ToldContext>
  );
}
