"""Words of the sample corpus: plain data, written by hand.

Chinese verb phrases carry a * where an aspect mark (了, 过) goes: 买*一本书.
An English verb phrase starts with its verb, so that it can be inflected.
"""

# base, third person, past, participle, -ing
VERBS = """
buy buys bought bought buying
call calls called called calling
come comes came come coming
cook cooks cooked cooked cooking
dance dances danced danced dancing
do does did done doing
drink drinks drank drunk drinking
drive drives drove driven driving
eat eats ate eaten eating
get gets got gotten getting
give gives gave given giving
go goes went gone going
help helps helped helped helping
listen listens listened listened listening
live lives lived lived living
play plays played played playing
read reads read read reading
rest rests rested rested resting
ride rides rode ridden riding
run runs ran run running
see sees saw seen seeing
sing sings sang sung singing
sleep sleeps slept slept sleeping
speak speaks spoke spoken speaking
study studies studied studied studying
swim swims swam swum swimming
take takes took taken taking
watch watches watched watched watching
work works worked worked working
write writes wrote written writing
draw draws drew drawn drawing
learn learns learned learned learning
miss misses missed missed missing
talk talks talked talked talking
travel travels traveled traveled traveling
walk walks walked walked walking
clean cleans cleaned cleaned cleaning
wash washes washed washed washing
visit visits visited visited visiting
make makes made made making
send sends sent sent sending
teach teaches taught taught teaching
meet meets met met meeting
use uses used used using
wear wears wore worn wearing
open opens opened opened opening
close closes closed closed closing
sell sells sold sold selling
smoke smokes smoked smoked smoking
cry cries cried cried crying
laugh laughs laughed laughed laughing
wait waits waited waited waiting
"""

CITIES = """
beijing=北京, shanghai=上海, guangzhou=广州, xi'an=西安, nanjing=南京, hangzhou=杭州, chengdu=成都
"""
COUNTRIES = "china=中国, america=美国, france=法国, japan=日本"
SIGHTS = """
tian an men=天安门, beijing tian an men=北京天安门, the great wall=长城, the forbidden city=故宫,
the summer palace=颐和园, the temple of heaven=天坛, beihai park=北海公园, wangfujing=王府井
"""
# noun=measure word+noun
FACILITIES = """
bank=家银行, hospital=家医院, supermarket=家超市, bookstore=家书店, restaurant=家饭馆,
hotel=家酒店, cinema=家电影院, coffee shop=家咖啡馆, tea house=家茶馆, mall=家商场,
library=个图书馆, park=个公园, museum=个博物馆, zoo=个动物园,
train station=个火车站, subway station=个地铁站, airport=个机场
"""
DAILY = "school=学校=at, the office=办公室=in, the classroom=教室=in"
UNIVERSITIES = """
peking university=北京大学, nanjing university=南京大学, shanghai university=上海大学
"""
STATIONS = """
beijing airport=北京机场, shanghai airport=上海机场, beijing train station=北京火车站,
shanghai train station=上海火车站, nanjing train station=南京火车站
"""

# subject, object, Chinese, agreement (i, s for one, p for several and for you)
PRONOUNS = """
i me 我 i
you you 你 p
he him 他 s
she her 她 s
we us 我们 p
they them 他们 p
"""
THIRD = {"he": ("him", "他"), "she": ("her", "她"), "they": ("them", "他们")}
OWNERS = "my=我, your=你, his=他, her=她"
THING_OWNERS = "my=我的, your=你的, his=他的, her=她的, our=我们的, their=他们的"
KIN = """
father=爸爸=he, mother=妈妈=she, older brother=哥哥=he,
younger brother=弟弟=he, older sister=姐姐=she, younger sister=妹妹=she,
son=儿子=he, daughter=女儿=she, grandfather=爷爷=he,
grandmother=奶奶=she
"""
AGES = {
    "i": range(11, 30),
    "son": range(3, 20),
    "daughter": range(3, 20),
    "younger": range(8, 30),
    "older": range(11, 40),
    "father": range(40, 66),
    "mother": range(38, 66),
    "grandfather": range(66, 96),
    "grandmother": range(66, 96),
}
FOLK = "friend=朋友, classmate=同学, colleague=同事"
NAMES = """
xiao li=小李, xiao ming=小明, xiao wang=小王, mr wang=王先生, mr zhang=张先生, mr li=李先生,
doctor wang=王医生, doctor zhang=张医生, doctor li=李医生
"""
JOBS = """
doctor=医生, teacher=老师, student=学生, engineer=工程师, nurse=护士, driver=司机, lawyer=律师
"""
NATIONS = "chinese=中国人, american=美国人, french=法国人, japanese=日本人"
LANGUAGES = "chinese=汉语, english=英语, french=法语, japanese=日语"

STATES = """
happy=高兴, tired=累, busy=忙, hungry=饿, thirsty=渴
"""
TRAITS = "tall=高, tall=高, young=年轻, smart=聪明, hardworking=努力, beautiful=漂亮"
COMPARED_PEOPLE = """
taller=高, older=大, younger=年轻, smarter=聪明, more hardworking=努力
"""
COLOURS = "red=红色, black=黑色, white=白色, blue=蓝色, green=绿色"
VERY = "=很, very=非常"
WEATHER = "cold=冷=colder, hot=热=hotter, warm=暖和=warmer, cool=凉快=cooler"

# singular|plural|measure word|noun|group
NOUNS = """
book|books|本|书|print
dictionary|dictionaries|本|词典|reference
letter|letters|封|信|letter
movie|movies|部|电影|film
shirt|shirts|件|衬衫|wear
sweater|sweaters|件|毛衣|wear
skirt|skirts|条|裙子|wear
bag|bags|个|包|tool
pen|pens|支|笔|tool
umbrella|umbrellas|把|雨伞|tool
phone|phones|部|手机|tool
computer|computers|台|电脑|furniture
table|tables|张|桌子|furniture
chair|chairs|把|椅子|furniture
bicycle|bicycles|辆|自行车|ride
car|cars|辆|车|car
cat|cats|只|猫|pet
dog|dogs|只|狗|pet
house|houses|套|房子|room
room|rooms|个|房间|room
apple|apples|个|苹果|fruit
watermelon|watermelons|个|西瓜|fruit
piece of cake|pieces of cake|块|蛋糕|food
piece of bread|pieces of bread|块|面包|food
bowl of noodles|bowls of noodles|碗|面条|food
bowl of rice|bowls of rice|碗|米饭|food
cup of tea|cups of tea|杯|茶|drink
cup of coffee|cups of coffee|杯|咖啡|drink
glass of water|glasses of water|杯|水|water
glass of milk|glasses of milk|杯|牛奶|drink
bottle of water|bottles of water|瓶|水|bottle
bottle of beer|bottles of beer|瓶|啤酒|bottle
ticket|tickets|张|票|ticket
"""
# adjectives that can be said of the nouns of a group
ADJECTIVES = {
    "print": "interesting difficult expensive cheap",
    "reference": "expensive cheap new old big small",
    "letter": "interesting",
    "film": "interesting",
    "wear": "beautiful expensive cheap new old big small",
    "tool": "expensive cheap new old",
    "furniture": "expensive cheap new old",
    "ride": "expensive cheap new old",
    "car": "expensive cheap new old big small",
    "pet": "cute big small",
    "room": "big small clean new",
    "fruit": "delicious big small",
    "food": "delicious",
    "drink": "expensive cheap",
    "ticket": "expensive cheap",
    "language": "difficult interesting",
}
# adjective=predicate=comparative=before a noun (both: where used)
ADJECTIVE_FORMS = """
interesting=有意思=more interesting=有意思的,=无聊==无聊的, difficult=难=more difficult=,
expensive=贵=more expensive=, cheap=便宜=cheaper=便宜的, new=新==新, old=旧==,
beautiful=漂亮=more beautiful=漂亮的, big=大=bigger=大, small=小=smaller=小, cute=可爱==可爱的,
clean=干净=cleaner=干净的, delicious=好吃=more delicious=好吃的
"""
NUMBERS = "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen"
TEENS = "sixteen seventeen eighteen nineteen"
TENS = "twenty thirty forty fifty sixty seventy eighty ninety"

HOBBIES = """
read=看*书, watch tv=看*电视, watch movies=看*电影, listen to music=听*音乐, sing=唱*歌,
dance=跳*舞, swim=游*泳, run=跑*步, cook=做*饭, take photos=拍*照,
play football=踢*足球, play basketball=打*篮球, study chinese=学习*汉语, study english=学习*英语,
study french=学习*法语, study japanese=学习*日语, drink tea=喝*茶, drink coffee=喝*咖啡,
drink milk=喝*牛奶, drink beer=喝*啤酒, eat dumplings=吃*饺子,
eat noodles=吃*面条, eat rice=吃*米饭, eat fruit=吃*水果, eat bread=吃*面包,
eat cake=吃*蛋糕, eat beijing roast duck=吃*北京烤鸭, write letters=写*信
"""
CHORES = """
work=工作*, study=学习*, rest=休息*, sleep=睡*觉, do homework=做*作业,
buy clothes=买*衣服, buy vegetables=买*菜, buy fruit=买*水果,
eat breakfast=吃*早饭, eat lunch=吃*午饭, eat dinner=吃*晚饭, buy books=买*书
"""
# what one does where, by the English names
DONE_AT = {
    "home": "read|work|study|rest|sleep|cook|do homework|watch tv|listen to music|"
    "study chinese|study english|study french|study japanese|eat breakfast|eat lunch|eat dinner|"
    "drink tea|write letters|watch movies|sing|eat dumplings",
    "school": "study|study chinese|study english|study french|study japanese|play football|"
    "play basketball|eat lunch|do homework|run|read",
    "office": "work|drink coffee|eat lunch|write letters|rest",
    "classroom": "study|study chinese|study english|study french|study japanese|do homework|rest",
    "library": "read|study|study chinese|study english|study french|study japanese|do homework",
    "park": "run|rest|sing|dance|take photos|read|play football",
    "restaurant": "eat lunch|eat dinner|eat dumplings|eat noodles|work|drink beer|"
    "eat beijing roast duck",
    "cinema": "watch movies|work",
    "coffee shop": "drink coffee|read|work|study",
    "tea house": "drink tea|listen to music|rest",
    "supermarket": "buy vegetables|buy fruit|work",
    "mall": "buy clothes|work|eat dinner",
    "bookstore": "read|buy books|work",
    "hospital": "work",
    "hotel": "rest|sleep|watch tv|eat breakfast|eat dinner|work",
    "zoo": "take photos|work",
    "museum": "take photos|work",
    "train station": "work|rest|eat lunch|drink coffee",
    "airport": "work|drink coffee|rest|eat lunch",
    "bank": "work",
    "tian an men": "take photos",
    "beijing tian an men": "take photos",
    "great wall": "take photos",
    "forbidden city": "take photos|work",
    "summer palace": "take photos|rest",
    "temple of heaven": "take photos|sing",
    "beihai park": "run|sing|dance|take photos",
    "wangfujing": "buy clothes|eat dinner|take photos",
    "beijing": "work|study|study chinese|eat beijing roast duck",
    "shanghai": "work|study|study french",
    "guangzhou": "work|study|eat lunch",
    "xi'an": "work|study|eat noodles",
    "nanjing": "work|study",
    "hangzhou": "work|study|drink tea",
    "chengdu": "work|study|drink tea",
}
# verb=的 goods groups that it takes
BUYING = {
    "bookstore": "print reference",
    "mall": "wear tool furniture",
    "supermarket": "fruit food bottle",
    "train station": "ticket bottle",
    "wangfujing": "wear tool",
}
TAKES = """
buy=买=print reference wear tool furniture ride car fruit ticket pet bottle, eat=吃=fruit food,
drink=喝=drink water bottle, read=看=print, watch=看=film, write=写=letter
"""
SKILLS = """
swim=游泳, cook=做饭, drive=开车, ride a bicycle=骑自行车, sing=唱歌, dance=跳舞,
play football=踢足球, play basketball=打篮球, speak chinese=说汉语, speak english=说英语,
speak french=说法语, speak japanese=说日语, write chinese characters=写汉字,
play the piano=弹钢琴
"""
CAUSES = """
hungry=饿=eat dumplings=吃饺子, hungry=饿=eat a bowl of noodles=吃一碗面条,
hungry=饿=eat lunch=吃午饭, hungry=饿=eat a piece of bread=吃一块面包,
thirsty=渴=drink tea=喝茶, thirsty=渴=drink a glass of water=喝一杯水,
thirsty=渴=buy a bottle of water=买一瓶水, tired=累=rest=休息,
tired=累=sleep=睡觉, tired=累=go home=回家, tired=累=rest at home=在家休息,
happy=高兴=sing=唱歌, happy=高兴=dance=跳舞
"""
PROBLEMS = """
sleep=睡觉=last night=昨天晚上=tired=累, rest=休息=yesterday=昨天=tired=累,
eat lunch=吃午饭=today=今天=hungry=饿, eat breakfast=吃早饭=this morning=今天早上=hungry=饿,
eat dinner=吃晚饭=yesterday=昨天=hungry=饿, drink water=喝水=today=今天=thirsty=渴
"""
ROUTINES = """
get up=起床, get up=起床, get up=起床, go to bed=睡觉, go home=回家, eat breakfast=吃早饭,
eat lunch=吃午饭, eat dinner=吃晚饭, go to work=上班
"""
DONE = """
eat breakfast=吃早饭, eat lunch=吃午饭, eat dinner=吃晚饭, go home=回家,
buy the tickets=买票
"""
RIDES = """
by subway=坐地铁=near, by bus=坐公共汽车=near, by taxi=坐出租车=near, by bicycle=骑自行车=near,
on foot=走路=near, by car=开车=near, by train=坐火车=far, by plane=坐飞机=far, by car=开车=far
"""
SPOTS = """
on the table=桌子上, on the chair=椅子上, on the bed=床上, in the bag=包里, in the car=车里,
under the table=桌子下面, under the bed=床下面, in the room=房间里
"""
ROOMS = "in the classroom=教室里, in the office=办公室里, in the room=房间里, in the park=公园里"
CROWDS = "students=学生, teachers=老师, doctors=医生, engineers=工程师, lawyers=律师"
RELATIONS = "next to=旁边, behind=后面, in front of=前面, near=附近"

DAYS = "monday=一, tuesday=二, wednesday=三, thursday=四, friday=五, saturday=六, sunday=天"
NOW = "now=现在"
TODAY = "today=今天"
PAST = """
yesterday=昨天, yesterday=昨天, yesterday morning=昨天早上, yesterday afternoon=昨天下午,
last night=昨天晚上, this morning=今天早上, last weekend=上个周末
"""
LONG_AGO = "last week=上个星期, last month=上个月, last year=去年, last weekend=上个周末"
FUTURE = """
tomorrow=明天, tomorrow=明天, tomorrow morning=明天早上, tomorrow afternoon=明天下午,
tomorrow evening=明天晚上, this afternoon=今天下午, this evening=今天晚上, this weekend=这个周末
"""
LATER = "next week=下个星期, next month=下个月, next year=明年"
HABIT = """
every day=每天, every day=每天, every morning=每天早上, every afternoon=每天下午,
every evening=每天晚上, every weekend=每个周末
"""
SEASONS = "in spring=春天, in summer=夏天, in autumn=秋天, in winter=冬天, today=今天"
OFTEN = "often=常常, sometimes=有时候"
USUALLY = "often=常常, sometimes=有时候, usually=通常"
DAWN = "this morning=今天早上"

HELD_OUT = "i love beijing=我爱北京, i love beijing tian an men=我爱北京天安门"

# combinations that nobody would say
SILLY = (
    r"n't interesting",  # 没有意思, not 不有意思
    r"breakfast.*(afternoon|evening|night)",
    r"lunch.*(morning|evening|night)",
    r"dinner.*(morning|afternoon)",
    r"\beat (breakfast|lunch|dinner) (on|next) |then .*eat breakfast",
    r"breakfast at (half past )?(five|ten|eleven|twelve)",
    r"lunch at (half past )?(five|six|seven|eight|nine|ten)",
    r"dinner at (half past )?(nine|ten|eleven|twelve)",
    r"up at (half past )?(eleven|twelve)",
    r"to bed at (half past )?(five|six|seven)",
    r"to work at (half past )?(ten|eleven|twelve)",
    r"(often|usually|sometimes) sleeps?\b",
    r"sleeping .*(tomorrow|on \w+day|this \w+)$",
    r"sleeps? (every (day|evening|morning|weekend|\w+day)|last (weekend|\w+day)|next|on)\b",
    r"(school|office|classroom|bank|cinema|restaurant|home) .*(last|next) (week|month|year)\b",
    r"(supermarket|house|shop|mall|bookstore) .*(last|next) (week|month|year)\b",
    r"(hotel|station|park|hospital) .*(last|next) (week|month|year)\b",
    r"classroom (by|on foot)|subway station by subway|great wall on foot",
    r"by (train|plane|car) every (day|morning|afternoon|evening)",
    r"\b(cool|hot)\w* .*in winter|\b(warm|cold)\w* .*in summer",
    r"\btoo (interesting|new|beautiful|cute|clean|delicious)",  # 太…了 would be praise
    r"see wangfujing",
    r"^i .*my home|^you .*your home|^he .*his home|^she .*her home",
    r"\b(son|daughter|brother|sister)\b.*\byoung\b",
    r"older than .*(father|mother)|younger than .*(son|daughter)",
    r"older than .*grand|how old .*(father|mother|parents)",
    r"^(\w+) do(es)?n't know where \1\b",
    r"\bread (a|two|three|four|five) (\w+ )?books?$",
    r"^(i|we) have already gone",
    r"need\w* to sleep .*\w",
    r"beer.*morning|morning.*beer",
    r"(dog|cat)s? .*(in the bag|on the table)",
    r"grand.*(homework|football|basketball|young|swim|school)",
    r"(father|mother|parents).*(homework|student)|homework.*grand",
    r"(son|daughter).*(beer)",
    r"(tall|young|smart|hardworking|beautiful) today",
    r"^the .* more beautiful than the ",
    r"(won't|don't|doesn't) .*buy (a|an|two|three) ",
    r"^i love (me|us)$",
    r"^(?!it |.*\bgo(ing)? ).*next (week|month|year)$",
    r"(father|mother|parents) (study|studies) at",
    r"\bsleeps\b",
    r"\b(he|father|brother|son|parents|(mr|doctor|xiao) \w+) ((is|are)(n't)? )?(very )?beautiful",
    r"\b(friend|classmate|colleague) (is(n't)? )?(very )?beautiful",
    r"doctor (wang|zhang|li) .*\b(doctor|teacher|student|engineer|nurse|driver|lawyer)\b",
)

# groups of nouns: what one owns, what lies about, what has a colour, what it costs (yuan)
OWNED = "print reference wear tool furniture ride car pet room ticket"
LYING = "print reference wear tool pet ticket"
COLOURED = "wear tool ride car"
PRICES = {
    "print": range(11, 100),
    "reference": range(30, 100),
    "wear": (*range(40, 100), *[*range(100, 1000, 50)] * 2),
    "tool": (*range(11, 100), *[*range(100, 1000, 50)] * 2),
    "fruit": range(3, 20),
    "food": range(5, 20),
    "drink": range(8, 20),
    "ticket": range(11, 100),
    "bottle": range(3, 20),
    "furniture": (*range(70, 100), *[*range(100, 1000, 50)] * 2),
    "ride": range(100, 1000, 50),
}
GIVEN = "letter print reference tool fruit food drink water bottle ticket"
PLACE_ADJECTIVES = "big=大, small=小, beautiful=漂亮, clean=干净, clean=干净, clean=干净"
COMPARED_PLACES = "bigger=大, smaller=小, more beautiful=漂亮, cleaner=干净"
SUBJECTS = "music=音乐, spring=春天, summer=夏天, autumn=秋天, winter=冬天"
UNITS = "year=年, month=个月"
# verbs with and without a negative
LIKE = "like=喜欢, don't like=不喜欢"
WANT = "want=想, don't want=不想"
NEED = "need=要, don't need=不用"
KNOW = "know=认识, don't know=不认识"
AT = "be=在, ben't=不在"
IS = "be=是, ben't=不是"
HAVE_BEEN = "have=去过, haven't=没去过"
WONT = "will=会, won't=不会"
CAN = "can=会, can't=不会"
ABLE = "can=能, can't=不能"
DISTANCE = "is=很远, isn't=不远"
THAT = "this=这, that=那"
THOSE = "these=这些, those=那些"

ERRANDS = "buy vegetables|buy fruit|cook"
DUTIES = (
    "work|study|rest|sleep|do homework|cook|buy clothes|buy vegetables|buy fruit|"
    "eat breakfast|eat lunch|eat dinner|write letters|study chinese|study english|study french|"
    "study japanese|buy books"
)
SOMEWHERE = (
    "read|study|work|rest|run|swim|sing|dance|eat breakfast|eat lunch|eat dinner|"
    "buy vegetables|buy fruit|buy clothes|drink coffee|drink tea|play football|play basketball|"
    "do homework|watch movies|study chinese|study english"
)
QUIET = "library|museum|office|bank|hospital|bookstore|cinema"
RUDE = (
    "sing|dance|sleep|run|play basketball|play football|eat lunch|take photos|drink beer|"
    "eat noodles|listen to music"
)
RAIN = "rain=下雨, snow=下雪"
TAKE = "buy=买*, eat=吃*, drink=喝*, read=看*, write=写*"
THIS_YEAR = "this year=今年"

# word classes that are such lists and no more
WEAK = "tired=累, busy=忙"
GOOD = "happy=高兴, tired=累"
EVERY_DAY = "every day=每天"
LISTS = {
    "weak": WEAK,
    "good": GOOD,
    "everyday": EVERY_DAY,
    "room": ROOMS,
    "like": LIKE,
    "want": WANT,
    "need": NEED,
    "know": KNOW,
    "at": AT,
    "is": IS,
    "have": HAVE_BEEN,
    "wont": WONT,
    "can": CAN,
    "able": ABLE,
    "distance": DISTANCE,
    "that": THAT,
    "very": VERY,
    "language": LANGUAGES,
    "beside": RELATIONS,
    "comp": COMPARED_PEOPLE,
    "colour": COLOURS,
    "skill": SKILLS,
    "routine": ROUTINES,
    "done": DONE,
    "now": NOW,
    "today": TODAY,
    "this": THIS_YEAR,
    "season": SEASONS,
    "often": OFTEN,
    "usually": USUALLY,
    "dawn": DAWN,
    "rain": RAIN,
    "take": TAKE,
}
