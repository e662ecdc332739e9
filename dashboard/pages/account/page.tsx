import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { useCaller } from '../../api/caller.ts';
import { asFailure } from '../../api/failure.ts';
import { openHelp } from '../../app/shortcuts.tsx';
import { signOut } from '../../app/sign-in.tsx';
import { chooseTheme, THEMES, theme } from '../../app/theme.ts';
import { chooseLanguage, LANGUAGES, type Language, language, t } from '../../i18n/language.ts';
import { Button } from '../../ui/button.tsx';
import { Card } from '../../ui/card.tsx';
import { Skeleton } from '../../ui/loading.tsx';
import { PageFrame } from '../../ui/page.tsx';
import { Select } from '../../ui/select.tsx';
import { Time } from '../../ui/time.tsx';
import { toast } from '../../ui/toast.ts';
import './account.css';
import { ACCOUNT, ROLE_TEXTS, THEME_TEXTS } from './messages.ts';

/** As its own speakers call it. */
const LANGUAGE_NAMES: Readonly<Record<Language, string>> = { en: 'English', 'zh-CN': '简体中文' };

/** Who asks, and what is chosen on this device. */
export function Page(): JSX.Element {
  return (
    <PageFrame title={t(ACCOUNT.title)}>
      <div class="account">
        <Card title={t(ACCOUNT.you)}>
          <Who />
        </Card>
        <Card title={t(ACCOUNT.shown)}>
          <div class="account-choices">
            <Select
              label={t(ACCOUNT.theme)}
              value={theme.value}
              options={THEMES.map((value) => ({ value, text: t(THEME_TEXTS[value]) }))}
              onChange={chooseTheme}
            />
            <Select
              label={t(ACCOUNT.language)}
              value={language.value}
              options={LANGUAGES.map((value) => ({ value, text: LANGUAGE_NAMES[value] }))}
              onChange={chooseLanguage}
            />
            <Button onClick={openHelp}>{t(ACCOUNT.shortcuts)}</Button>
            <a class="small" href="third-party-notices.txt">
              {t(ACCOUNT.licences)}
            </a>
          </div>
        </Card>
      </div>
    </PageFrame>
  );
}

function Who(): JSX.Element {
  const caller = useCaller();
  const [isLeaving, setLeaving] = useState(false);
  if (caller === undefined) return <Skeleton lines={4} />;
  const leave = async () => {
    setLeaving(true);
    try {
      await signOut();
    } catch (error) {
      toast(asFailure(error).message, 'critical');
      setLeaving(false);
    }
  };
  return (
    <>
      <dl class="account-facts">
        <dt>{t(ACCOUNT.name)}</dt>
        <dd>{caller.name}</dd>
        <dt>{t(ACCOUNT.role)}</dt>
        <dd>{t(ROLE_TEXTS[caller.role])}</dd>
        <dt>{t(ACCOUNT.by)}</dt>
        <dd>{t(caller.kind === 'token' ? ACCOUNT.byToken : ACCOUNT.bySession)}</dd>
        {caller.until !== undefined && (
          <>
            <dt>{t(ACCOUNT.until)}</dt>
            <dd>
              <Time ms={Date.parse(caller.until)} />
            </dd>
          </>
        )}
      </dl>
      <Button busy={isLeaving} onClick={() => void leave()}>
        {t(ACCOUNT.signOut)}
      </Button>
    </>
  );
}
