import { useEffect, useEffectEvent, useState } from 'react';
import { Broken } from './broken';
import { isSignedOff } from './connection/farewells';
import { Entering } from './entering/entering';
import { forgetGuest, knownGuest, newGuest } from './entering/guest-identity';
import type { Leave } from './entering/leaving';
import { signInWith, type SignIn } from './entering/sign-in';
import { codeIn, type MeetingLink } from './meetings/meetings';
import { loadConfiguration, type Configuration } from './session/configuration';
import { forgetOwn } from './session/own-storage';
import { Session, type Admission } from './session/session';
import { SessionContext } from './session/session-context';
import { Workspace } from './workspace';

/** What is known before there is a session. */
interface Start {
  readonly configuration: Configuration;
  readonly signIn: SignIn | undefined;
  readonly admission: Admission | undefined;
}

export function App() {
  const [start, setStart] = useState<Start>();
  const [problem, setProblem] = useState('');
  const [link, setLink] = useState(takeMeetingLink);

  useEffect(() => {
    begin().then(setStart, (error: unknown) =>
      setProblem(error instanceof Error ? error.message : String(error)),
    );
  }, []);

  useEffect(() => {
    // A link that is followed in a page that is open already.
    const followed = () => setLink((before) => takeMeetingLink() ?? before);
    window.addEventListener('hashchange', followed);
    return () => window.removeEventListener('hashchange', followed);
  }, []);

  if (problem !== '') return <Broken problem={problem} />;
  if (start === undefined) return <main className="page-wait" aria-label="Loading" aria-busy="true" />;
  const { configuration, signIn, admission } = start;
  const enter = (entered: Admission) => setStart({ ...start, admission: entered });
  if (admission === undefined) {
    const guest = (name: string) => enter(newGuest(localStorage, name, configuration.room));
    return (
      <Entering
        isInvited={link !== undefined}
        onGuest={configuration.guests ? guest : undefined}
        onSignIn={signIn && (() => void signIn.begin())}
      />
    );
  }
  const forget = () => {
    signIn?.forget();
    forgetOwn(localStorage, admission.account);
  };
  const leave: Leave = {
    isGuest: admission.token === undefined,
    everywhere: async () => {
      const isSignedIn = admission.token !== undefined;
      if (isSignedIn) await signIn?.end();
      leave.here();
      if (isSignedIn) signIn?.leave();
    },
    here: () => {
      forget();
      // Also the guest that somebody was here before they signed in.
      forgetGuest(localStorage);
      setStart({ ...start, admission: undefined });
    },
  };
  return (
    <Inside
      configuration={configuration}
      admission={admission}
      link={link}
      leave={leave}
      onSignIn={signIn && (() => void signIn.begin())}
      onEnded={forget}
    />
  );
}

interface InsideProps {
  readonly configuration: Configuration;
  readonly admission: Admission;
  readonly link: MeetingLink | undefined;
  readonly leave: Leave;
  /** Undefined where nobody can sign in. */
  readonly onSignIn: (() => void) | undefined;
  /** The server does not want this person back. */
  readonly onEnded: () => void;
}

/** One session, for as long as somebody is in. */
function Inside({ configuration, admission, link, leave, onSignIn, onEnded }: InsideProps) {
  const [session, setSession] = useState<Session>();
  const ended = useEffectEvent(onEnded);
  useEffect(() => {
    const made = new Session(configuration, admission, localStorage);
    setSession(made);
    const { state } = made.connection;
    state.listen(() => {
      const now = state.get();
      if (now.is === 'ended' && isSignedOff(now.reason)) ended();
    });
    return made.start();
  }, [configuration, admission]);
  if (session === undefined) return null;
  return (
    <SessionContext value={session}>
      <Workspace link={link} leave={leave} onSignIn={onSignIn} />
    </SessionContext>
  );
}

async function begin(): Promise<Start> {
  const configuration = await loadConfiguration();
  const signIn = signInWith(configuration);
  const admission = (await signIn?.resume()) ?? (configuration.guests ? knownGuest(localStorage) : undefined);
  return { configuration, signIn, admission };
}

const CODE = 'parley.code';

/**
 * The code of a meeting's link. It leaves the address bar, so that it is not shared by accident, and survives the way
 * to the page where people sign in and back.
 */
function takeMeetingLink(): MeetingLink | undefined {
  if (location.hash.startsWith('#meeting=')) {
    const code = codeIn(location.hash);
    sessionStorage.setItem(CODE, code);
    history.replaceState(null, '', location.pathname + location.search);
    return { code };
  }
  const isBack = new URLSearchParams(location.search).has('code');
  const code = isBack ? sessionStorage.getItem(CODE) : null;
  return code === null ? undefined : { code };
}
