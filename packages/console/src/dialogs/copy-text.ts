/**
 * Puts a text on the clipboard. Where the browser has no clipboard to write to, as over plain HTTP, the old way is tried.
 *
 * @param beside an element of the dialog, so that the focus does not leave it.
 * @returns whether it worked.
 */
export async function copyText(text: string, beside: HTMLElement): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const area = document.createElement('textarea');
    area.value = text;
    area.setAttribute('aria-hidden', 'true');
    area.className = 'sr-only';
    beside.append(area);
    area.select();
    const isCopied = document.execCommand('copy');
    area.value = '';
    area.remove();
    beside.focus();
    return isCopied;
  }
}
