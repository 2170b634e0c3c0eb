// Passwords that are tried first, by people and by machines: the words of the well-known lists, and what is usually done
// to them. Twelve characters keep most entries of such lists out; what is left are words with something before, behind
// or in place of a letter, so words are kept here and that something is taken off. Pure.

const WORDS = `
aaa abc abcabc abcd abcde abcdef abcdefg abcdefgh abcdefghij abcdefghijkl access admin administrator adminpassword
airforce alejandro alexander alexandra alexandre allah amanda amen america andrea andreas andrew android angel
angela angels ansible anthony antonio anything apple april army arsenal asdasd asdf asdfgh asdfghjk asdfghjkl asdzxc
ashley asshole asterisk august austin australia autumn avengers azerty azertyuiop baby babyboy babygirl backup
banana banker barbara barcelona baseball basketball bastard batman battery bayern bear beatles benjamin benvenuto
berlin bestfriend bible bienvenido bienvenue billion bismillah bitch biteme black blackcat blahblah blessed blink
blue blueberry bluesky boston brandon brasil brian bronco broncos brother brown buddy budweiser bulldog bullshit
bunny business butterfly calcio callofduty camaro camille canada carlos carolina caroline casino catherine celtic
change changeit changeme changethis charlie charlotte cheese chelsea cherry chicago chicken china chocolate christ
christian christopher church cisco claudia cobra cocacola coffee company computer computeruser contrasena cookie
cookies correct correcthorsebatterystaple corvette counterstrike cowboy cowboys cricket crystal daddy daddysgirl
dallas daniel danielle darling database david december default defaultpassword dell demo deutschland dezember
diamond dienstag digimon docker dodgers doggy dollar dollars dolphin donnerstag donotenter dontknow dragon
dragonball drummer ducati dumbledore dvorak eagle eagles edcrfv eduardo eight elastix elizabeth elvis eminem england
espana everton everything extension facebook faith falcon family father februar february fernando ferrari finance
five florian flower flowers football forever foreverlove fortnite four france francisco freedom freepbx freeswitch
freitag friday friend friends friendship frodo fuck fucker fuckoff fuckyou fuckyouall fusionpbx fussball futbol
gabriel gabriela gandalf george germany giants ginger gmail god godbless godisgood goku gold golden golf golfer
golfing google grace grandma grandstream green greenday gta guesswhat guest guitar hacker hackers halo hannah harley
harleydavidson harrypotter haslo hawk heather heaven heineken helpdesk helpme herbst hewlett hobbit hockey hogwarts
honda honey honeybee hope horse hotmail hulk hundred hunter ichliebedich idontknow iforgot iforgotmy ihatepasswords
ilovegod ilovejesus ilovemyself iloveu iloveyou india instagram internet iphone ironman isabelle italia jackpot
jackson james januar january japan jason jedi jenkins jennifer jessica jesus jesuschrist jetaime john johnson joomla
jordan joseph joshua juli julien july june juni justin juventus katherine kawasaki kazoo keepout kevin killer kitten
kitty knight kubernetes lakers lamborghini legolas lenovo letmein letmeinnow letmeinplease liberty linkedin
linkinpark linux lion liverpool lkjhgfdsa login logon london losenord lottery love lovely loveme lover lovers
loveyou lozinka lucky luigi macintosh madrid maerz mamapapa manager manchester manuel manunited manutd march marcus
maria marines mario martin martina marvel master mastermind matrix matthew maximilian melissa mercedes metal
metallica mexico michael michelle microsoft microsoftteams midnight miguel million millions minecraft mittwoch
mnbvcxz mohammed mommy monday money mongodb monika monkey montag moonlight motdepasse mother motherfucker motorola
muhammad music mustang mylove mynewpassword mypassword myspace mysql naruto natalie nathalie navy neo netsapiens
network newcastle newpassword newyork nicholas nicolas nicole nine ninja nintendo nirvana nissan nobody nokia
nopassword nothing november october office oktober oldpassword oliver one onetwo onetwothree onetwothreefour
opensesame openup operator oracle orange oscar ourpassword packers panda panther paris parola pass passw0rd passwd
password passwordadmin passwordpassword passwordtest passwort patricia patrick patriot patriots pbx pbxadmin peaches
penguin pepper pepsi peter phoenix phone phoneadmin piano pikachu pink pinky pirate pizza platinum playboy
playstation pleaseletmein poiuytrewq pokemon poker polycom pony porsche postgres postgresql princesa princess
prinzessin private provender provision provisioning puppy purple pussy qazwsx qazwsxedc qazwsxedcrfv qwaszx qweasd
qweasdzxc qweqwe qwerty qwertyui qwertyuiop qwertz qwertzuiop rabbit rachel raiders rainbow ranger rangers
realmadrid rebecca red redis redrose redskins redsox rfvtgb ricardo richard robert roberto roblox rock rocknroll
roma root rootpassword rugby russia sabine sabrina salasana samantha samstag samsung samurai sandra sasuke saturday
scorpion sebastian secret secure security senha september server service sesame seven sexy sexybitch shadow shark
shithead signin silver sip sipuser sister six skyblue skywalker slipknot smith snickers soccer softball soldier
somebody something sommer sonic sonntag sony sophia sophie spider spiderman spring staple starcraft starlight
startrek starwars steelers stefan stephanie steven strawberry subaru suckit summer sunday sunshine superman
superuser support susanne suzuki sweetheart sweety sysadmin system teamo teams telefon telephone temp temporary
temppassword ten tennis tequiero tequila test tester testing testpassword tgbyhn thepassword thisismypassword thomas
thousand three thursday tiger tomcat toor topsecret toshiba tottenham toyota trinity truelove trunk trustno
trustnoone tuesday turtle twitter two tyler ubuntu unicorn user username userpassword vader vagrant vanessa veronica
victoria viper vodka voip volleyball wachtwoord warcraft warrior wednesday welcome welkom whatever whiskey white
whitecat william willkommen windows winter wolf wonderwoman wordpress worldofwarcraft wsxedc xbox xyz yahoo yamaha
yankees yealink yellow yoda youcantguess yourpassword youtube yxcvbnm zelda zero zxcv zxcvbn zxcvbnm zxczxc zzz
`;

const KNOWN: ReadonlySet<string> = new Set(WORDS.split(/\s+/));

/** Letters that are usually written otherwise. Only looked at for words: `1` may be l or i, both are tried. */
const LEET: Readonly<Record<string, string>> = {
  '@': 'a',
  '4': 'a',
  '3': 'e',
  '0': 'o',
  $: 's',
  '5': 's',
  '7': 't',
  '!': 'i',
};

const ROWS = [
  '1234567890',
  'qwertyuiop',
  'qwertzuiop',
  'azertyuiop',
  'asdfghjkl',
  'zxcvbnm',
  'abcdefghijklmnopqrstuvwxyz',
];
/** Forwards and backwards, round and round. */
const RUNS = ROWS.flatMap((row) => [row, [...row].toReversed().join('')]).map((row) => row.repeat(30));

function readingsOf(text: string): string[] {
  const plain = [...text].map((character) => LEET[character] ?? character).join('');
  return [...new Set([text, plain.replaceAll('1', 'l'), plain.replaceAll('1', 'i')])];
}

/** The shortest text that gives this one by being repeated: `abcabc` gives `abc`. */
function unitOf(text: string): string {
  const length = (text + text).indexOf(text, 1);
  return text.slice(0, length);
}

const letters = (text: string) => text.replace(/[^\p{L}]/gu, '');

/** Words joined together, each a known one: `welcomepassword`. */
function isMadeOfWords(text: string, most: number): boolean {
  if (text === '') return true;
  if (most === 0) return false;
  for (let end = text.length; end >= 3; end -= 1) {
    if (KNOWN.has(text.slice(0, end)) && isMadeOfWords(text.slice(end), most - 1)) return true;
  }
  return false;
}

/**
 * @param text NFKC
 * @param own what belongs to the account: an e-mail address counts by its parts
 */
export function isCommonPassword(text: string, own: readonly string[] = []): boolean {
  const folded = text.toLowerCase();
  // One or two characters again and again, or a short piece: 111111111111, 121212121212, abc1abc1abc1.
  if (unitOf(folded).length <= 4 || new Set(folded).size <= 3) return true;
  if (RUNS.some((run) => run.includes(folded))) return true;
  if (isMostlyOf(folded, own)) return true;
  // Digits and signs before and behind say little: Password2024!, 123admin123.
  return [...readingsOf(withoutEnds(folded)), ...readingsOf(folded)].some((reading) => {
    const said = letters(withoutEnds(reading));
    if (said.length < 3) return said === '' ? isDigitsOnly(reading) : KNOWN.has(unitOf(said));
    return KNOWN.has(said) || isMadeOfWords(unitOf(said), 2) || RUNS.some((run) => run.includes(said));
  });
}

/** Little is left without the words that belong to the account. */
function isMostlyOf(folded: string, own: readonly string[]): boolean {
  const words = own.flatMap((word) => word.toLowerCase().split(/[^\p{L}\p{N}]+/u)).filter((word) => word.length >= 3);
  const rest = words.reduce((text, word) => text.replaceAll(word, ''), folded);
  return rest !== folded && letters(rest).length <= 3;
}

const withoutEnds = (text: string) => text.replace(/^[^\p{L}]+|[^\p{L}]+$/gu, '');

/** Numbers of whatever kind: telephone numbers, dates, counting. */
function isDigitsOnly(text: string): boolean {
  return /^[\p{N}\p{P}\p{S}\s]+$/u.test(text) && new Set(text).size <= 10;
}
