"""Words of the daily patterns: plain data, written by hand, in the format of lexicon.py.

An open word stands unchanged in Chinese: there are more names than any list has, so a model must
learn to carry over those that it does not know. Those that are held out are in no training pair.
"""

WOMEN = """
mary=玛丽, lucy=露西, lily=莉莉, emma=艾玛, alice=爱丽丝, sarah=莎拉, lisa=丽莎, linda=琳达,
susan=苏珊, julia=朱莉娅, kate=凯特, helen=海伦, emily=艾米丽, laura=劳拉, sophie=索菲,
maria=玛丽亚, jenny=珍妮, amy=艾米, nancy=南希, elizabeth=伊丽莎白
"""
MEN = """
tom=汤姆, john=约翰, peter=彼得, david=大卫, jack=杰克, mike=迈克, bob=鲍勃, paul=保罗,
james=詹姆斯, michael=迈克尔, robert=罗伯特, william=威廉, george=乔治, charles=查尔斯,
henry=亨利, edward=爱德华, thomas=托马斯, daniel=丹尼尔, kevin=凯文, jim=吉姆, sam=山姆, nick=尼克
"""
OPEN_WOMEN = """
abigail adele agnes aisha alina amelie anita astrid audrey barbara beatrice bella bianca brenda
camila carla carmen caroline cecilia chloe clara claire claudia cristina dagmar daria diana doris
edith elena eliza ella ellen elsa esther eva evelyn fatima felicia fiona frida gemma gisela greta
hannah hanna heidi ilse ines ingrid irene isabel jasmine jessica joana judith karina katarina
kristin layla leila lena luisa magda margaret marianne marina marta martina melissa mina nadia
natalia nina nora patricia petra priya rachel rebecca renata rita rosa ruth samira sandra silvia
stella svetlana tamara tanja tatiana teresa ursula valentina vanessa vera wanda yasmin yolanda
yoshiko yvonne zara zoe
"""
OPEN_MEN = """
aaron abdul adrian ahmed aidan akira alan albert aldo alfred ali amir andreas anton antonio arthur
axel benoit bjorn boris brian bruno carlos christian colin connor cyril damian dennis derek diego
dimitri dmitri dominik donald dylan eduardo emil enrique eric ernesto ethan eugene fabio farid
felipe felix fernando florian franz gabriel gerard gianni gilbert giovanni gregor gunther gustav
hamid harald hassan heinrich hiroshi hugo ibrahim igor imran isaac ivan jacob jakub javier jerome
joaquin jonas jorge josef joseph juan julien jurgen karim karl kenji khalid klaus kofi lars leo
leon liam lorenzo louis luca lucas lukas mahmoud malik manuel marco marek mario markus martin
matteo maurice miguel milan mohamed moritz nathan nils noah norbert oleg oscar otto pablo pascal
pavel pedro philip pierre rafael ramon raul ravi ricardo roberto rolf roman rudolf samuel sergei
simon stefan sven tariq theo tobias tomas ulrich umberto vincent vladimir walter werner wilhelm
xavier yusuf
"""
HELD_OUT_WOMEN = """
alessandra beata birgit corinna dalia dorothea elvira fleur giulia hilda jelena kerstin lorena
mirela odette olga parvati ramona salma sabrina ulrike veronika wendy zeynep
"""
HELD_OUT_MEN = """
abel anselm arvid bogdan cedric edgar fadi gideon hector ismail joachim kamal leonard magnus
nikolai quentin reinhard takeshi yannick zoltan
"""
OPEN_SURNAMES = """
alvarez bauer bianchi costa dubois fischer garcia hansen ivanov jensen kowalski larsen lopez
martinez meyer moreau nakamura novak petrov rossi schmidt silva tanaka weber
"""
HELD_OUT_SURNAMES = "andersson becker dimitrov fontaine gonzalez haddad lindqvist okafor sato"

OPEN_PET_NAMES = "rex bello fifi simba luna nemo tarzan mimi"
HELD_OUT_PET_NAMES = "waldi koko struppi minka"

CITIES = """
london=伦敦, paris=巴黎, new york=纽约, tokyo=东京, berlin=柏林, rome=罗马, moscow=莫斯科,
hong kong=香港, shenzhen=深圳, sydney=悉尼, madrid=马德里, boston=波士顿
"""
COUNTRIES = """
germany=德国, england=英国, canada=加拿大, spain=西班牙, italy=意大利, russia=俄罗斯,
korea=韩国, india=印度, australia=澳大利亚, brazil=巴西, mexico=墨西哥, thailand=泰国
"""
OPEN_PLACES = """
oslo lima porto zurich geneva basel lyon nantes bordeaux hamburg dresden leipzig cologne turin
milano bologna palermo sevilla bilbao malaga gdansk krakow riga tallinn vilnius zagreb sofia
athens izmir ankara tunis cairo lagos nairobi accra dakar quito bogota caracas denver dallas
houston seattle portland detroit austin ottawa montreal calgary osaka kobe kyoto hanoi manila
jakarta perth adelaide auckland bali malta cuba peru chile kenya ghana nepal
"""
HELD_OUT_PLACES = """
bremen toulouse verona granada poznan odessa haifa rabat kampala montevideo phoenix memphis
winnipeg nagoya cebu darwin iceland bolivia uganda sumatra
"""

FOODS = """
fish=鱼, chicken=鸡肉, beef=牛肉, pork=猪肉, meat=肉, eggs=鸡蛋, soup=汤, ice cream=冰淇淋,
chocolate=巧克力, hamburgers=汉堡包, sandwiches=三明治, bananas=香蕉, oranges=橙子,
grapes=葡萄, apples=苹果, tomatoes=西红柿, potatoes=土豆, vegetables=蔬菜, fruit=水果,
salad=沙拉, cheese=奶酪, tofu=豆腐, rice=米饭, noodles=面条, bread=面包, cake=蛋糕,
dumplings=饺子, chinese food=中国菜
"""
OPEN_FOODS = """
sushi tacos paella lasagna kebab ravioli risotto gnocchi falafel hummus tiramisu goulash
ramen tempura curry kimchi nachos burritos waffles pretzels couscous gazpacho moussaka
churros fondue brownies muffins bagels baklava tapas
"""
HELD_OUT_FOODS = """
spaghetti gyros croissants quesadillas strudel teriyaki samosas macaroni borscht empanadas
donuts polenta
"""
DRINKS = """
tea=茶, coffee=咖啡, milk=牛奶, water=水, beer=啤酒, juice=果汁, wine=葡萄酒, green tea=绿茶,
orange juice=橙汁, soda=汽水
"""
OPEN_DRINKS = "sprite fanta pepsi sangria vodka tequila prosecco chai lassi kefir"
HELD_OUT_DRINKS = "espresso martini kombucha mojito"

OPEN_GAMES = "tetris minecraft poker pokemon bingo domino mahjong pingpong fortnite sudoku"
HELD_OUT_GAMES = "backgammon monopoly scrabble rugby"
OPEN_FIRMS = "google microsoft siemens ikea toyota samsung amazon nestle bosch airbus nokia adidas"
HELD_OUT_FIRMS = "volvo lufthansa hitachi philips"
OPEN_THINGS = """
ukulele drone printer trampoline tent hammock scooter blender microwave sofa lamp ladder canoe
hamster kayak backpack tractor violin compass mirror
"""
HELD_OUT_THINGS = "saxophone toaster caravan poncho telescope parrot"
OPEN_JOBS = """
plumber carpenter butcher gardener optician florist barber tailor goldsmith beekeeper geologist
surveyor
"""
HELD_OUT_JOBS = "welder notary philosopher locksmith"
OPEN_VERBS = "ski knit surf paint jog meditate skate whistle juggle climb shave bake"
HELD_OUT_VERBS = "sew dive yodel hitchhike"

# relative=Chinese=pronoun
KIN = """
brother=哥哥=he, sister=姐姐=she, mom=妈妈=she, dad=爸爸=he, wife=妻子=she, husband=丈夫=he,
boyfriend=男朋友=he, girlfriend=女朋友=she, uncle=叔叔=he, aunt=阿姨=she, grandma=奶奶=she,
grandpa=爷爷=he
"""
FOLK = """
teacher=老师, boss=老板, best friend=最好的朋友, neighbor=邻居, roommate=室友, family=家人,
child=孩子, baby=宝宝, doctor=医生
"""
JOBS = """
cook=厨师, writer=作家, singer=歌手, farmer=农民, police officer=警察, scientist=科学家,
programmer=程序员, manager=经理, artist=艺术家, dentist=牙医, waiter=服务员, musician=音乐家,
journalist=记者, actor=演员, soldier=军人, pilot=飞行员
"""
NATIONS = """
german=德国人, english=英国人, canadian=加拿大人, italian=意大利人, spanish=西班牙人,
russian=俄罗斯人, korean=韩国人, indian=印度人
"""
LANGUAGES = """
chinese=汉语, english=英语, french=法语, japanese=日语, german=德语, spanish=西班牙语,
italian=意大利语, russian=俄语, korean=韩语
"""
# what follows 很
MOODS = """
sad=难过, angry=生气, strong=强壮, kind=善良, friendly=友好, rich=有钱, poor=穷, funny=幽默,
handsome=帅, famous=有名, lucky=幸运, nervous=紧张, bored=无聊, excited=激动, short=矮, fat=胖,
thin=瘦, old=老, sleepy=困, healthy=健康, lazy=懒, brave=勇敢, quiet=安静, lonely=孤独,
strict=严格, polite=有礼貌, good=好, nice=好, afraid=害怕, worried=担心, surprised=惊讶,
hungry=饿, thirsty=渴, tired=累, busy=忙, happy=高兴, smart=聪明, tall=高, beautiful=漂亮
"""
# what becomes so: followed by 了
CHANGES = """
late=迟到, sick=生病, married=结婚, ready=准备好, lost=迷路, drunk=喝醉, hurt=受伤, pregnant=怀孕
"""
QUALITIES = """
good=好, nice=不错, bad=不好, fast=快, slow=慢, long=长, important=重要, easy=容易, difficult=难,
heavy=重, old=旧, new=新, big=大, small=小, expensive=贵, cheap=便宜, beautiful=漂亮,
interesting=有意思, cute=可爱, delicious=好吃, clean=干净
"""
GOODS_ARE = "good nice new old expensive cheap big small beautiful"
ARE = {
    "print": "good interesting important difficult easy long new old expensive cheap",
    "reference": "good important new old heavy expensive",
    "film": "good interesting long new bad",
    "wear": GOODS_ARE,
    "tool": "good nice new old expensive cheap",
    "furniture": "good nice new old heavy expensive cheap",
    "ride": "good fast slow new old expensive cheap",
    "car": "good fast slow new old big small expensive cheap",
    "pet": "cute big small beautiful fast",
    "room": "good nice big small clean new expensive",
    "fruit": "good delicious big small cheap",
    "food": "good delicious expensive cheap",
    "small": GOODS_ARE,
    "other": GOODS_ARE,
    "large": "big small new old beautiful",
    "thought": "good bad interesting important difficult",
    "open": GOODS_ARE,
}
# singular|plural|measure word|noun|group
NOUNS = """
banana|bananas|根|香蕉|fruit
orange|oranges|个|橙子|fruit
egg|eggs|个|鸡蛋|food
hamburger|hamburgers|个|汉堡包|food
sandwich|sandwiches|个|三明治|food
potato|potatoes|个|土豆|fruit
tomato|tomatoes|个|西红柿|fruit
cookie|cookies|块|饼干|food
bottle of wine|bottles of wine|瓶|葡萄酒|bottle
glass of juice|glasses of juice|杯|果汁|drink
bowl of soup|bowls of soup|碗|汤|food
bird|birds|只|鸟|pet
rabbit|rabbits|只|兔子|pet
horse|horses|匹|马|pet
flower|flowers|朵|花|other
tree|trees|棵|树|large
photo|photos|张|照片|small
newspaper|newspapers|份|报纸|small
map|maps|张|地图|small
key|keys|把|钥匙|small
watch|watches|块|手表|small
hat|hats|顶|帽子|small
coat|coats|件|大衣|small
pair of shoes|pairs of shoes|双|鞋|other
bed|beds|张|床|other
guitar|guitars|把|吉他|other
camera|cameras|台|相机|small
gift|gifts|份|礼物|small
box|boxes|个|箱子|small
cup|cups|个|杯子|small
knife|knives|把|刀|small
window|windows|扇|窗户|large
door|doors|扇|门|large
bus|buses|辆|公共汽车|large
question|questions|个|问题|thought
idea|ideas|个|主意|thought
"""
PEOPLE = """
child|children|个|孩子|people
kid|kids|个|小孩|people
brother|brothers|个|兄弟|people
sister|sisters|个|姐妹|people
son|sons|个|儿子|people
daughter|daughters|个|女儿|people
friend|friends|个|朋友|people
student|students|个|学生|people
teacher|teachers|个|老师|people
man|men|个|男人|people
woman|women|个|女人|people
boy|boys|个|男孩|people
girl|girls|个|女孩|people
"""
SPOTS = """
beach=海滩, market=市场, church=教堂, gym=健身房, pharmacy=药店, post office=邮局,
swimming pool=游泳池, police station=警察局, village=村子, garden=花园, theater=剧院, bar=酒吧,
kitchen=厨房, bathroom=浴室, forest=森林, farm=农场, factory=工厂, shop=商店
"""
PERSONS = "boy=男孩=he, girl=女孩=she, man=男人=he, woman=女人=she"
HAVINGS = "money=钱, time=时间, work=工作, help=帮助, a plan=计划, a problem=问题"
ALWAYS = "always=总是, never=从不, always=总是, never=从不, often=常常, sometimes=有时候"
PARTS_OF_ROOM = "door=门, window=窗户, key=钥匙, toilet=厕所, exit=出口, bus stop=公共汽车站"
# unit in the plural=Chinese
WAITS = "minutes=分钟, hours=个小时, days=天"
PERIODS = "days=天, weeks=个星期, months=个月, years=年"
MONEY = "yuan=块钱, dollars=美元, euros=欧元, pounds=英镑"
LENGTHS = "kilometers=公里, meters=米, miles=英里"
MONTHS = """
january=一月, february=二月, march=三月, april=四月, may=五月, june=六月, july=七月,
august=八月, september=九月, october=十月, november=十一月, december=十二月
"""
WEEKDAYS = """
monday=星期一, tuesday=星期二, wednesday=星期三, thursday=星期四, friday=星期五,
saturday=星期六, sunday=星期天
"""
ANYTIME = "go home=回家, come here=来这儿, eat=吃饭, work=工作, study=学习, leave=离开"
HALVES = "am=上午, pm=下午"
KINDS = """
food=食物, color=颜色, movie=电影, book=书, city=城市, sport=运动, song=歌, animal=动物, game=游戏
"""
FEELINGS = """
love=爱, like=喜欢, know=认识, miss=想念, hate=讨厌, remember=记得, understand=懂, need=需要,
trust=相信
"""
HOBBIES = """
play tennis=打*网球, play games=玩*游戏, play cards=打*牌, travel=旅行*, go shopping=购*物,
draw=画*画, read books=看*书, play the guitar=弹*吉他, play the piano=弹*钢琴,
ride a bike=骑*自行车, learn chinese=学*汉语, learn english=学*英语, go swimming=去游泳*,
talk to people=和人聊天*, walk in the park=在公园散步*
"""
CHORES = """
clean the room=打扫*房间, clean the house=打扫*房子, wash the car=洗*车, wash the dishes=洗*碗,
wash clothes=洗*衣服, visit friends=看望*朋友, make tea=泡*茶, make a cake=做*蛋糕,
send an email=发*电子邮件, teach english=教*英语, teach chinese=教*汉语, walk the dog=遛*狗,
meet friends=见*朋友, use the computer=用*电脑, drive a car=开*车, wait for the bus=等*公共汽车,
wear a hat=戴*帽子, open the window=开*窗户, close the door=关*门, sell fruit=卖*水果,
take the bus=坐*公共汽车, take a taxi=坐*出租车, smoke=抽*烟, cry=哭*, laugh=笑*
"""
UPSET = "sad=难过, angry=生气, worried=担心, unhappy=不开心, quiet=安静"
DAYTIMES = "in the morning=早上, in the afternoon=下午, in the evening=晚上, at night=夜里"
COLOURS = "yellow=黄色, brown=棕色, gray=灰色, pink=粉色"
SOME = "some=一些, many=很多, lots of=许多"
ACTS = """
go home=回家, go to bed=睡觉, get up=起床, eat=吃饭, go=走, drink something=喝点东西,
eat something=吃点东西, sleep=睡觉, talk to you=和你说话, learn chinese=学汉语, travel=旅行,
go to work=上班, go to school=上学, see you=见你, see a doctor=看医生, go shopping=购物,
make a phone call=打电话, wash my hands=洗手, take a shower=洗澡,
find a job=找工作, make friends=交朋友, go there=去那儿, wait here=在这儿等, stay here=留在这儿
"""
GREETINGS = """
hello=你好, hi=嗨, hey=嘿, good morning=早上好, good afternoon=下午好, good evening=晚上好,
good night=晚安, goodbye=再见, bye=拜拜, thank you=谢谢你, thanks=谢谢, sorry=对不起,
happy birthday=生日快乐, happy new year=新年快乐, merry christmas=圣诞快乐, welcome=欢迎,
congratulations=恭喜你, see you later=回头见, see you tomorrow=明天见, see you soon=一会儿见,
good luck=祝你好运, take care=保重, nice to meet you=很高兴认识你,
thank you very much=非常感谢你, you are welcome=不客气, how are you=你好吗,
i love you=我爱你, i miss you=我想念你, come here=过来, come in=请进, wait=等一下,
let's go=我们走吧, be careful=小心, don't worry=别担心, look=看, please wait=请等一下
"""
OPENERS = "hello=你好, hi=嗨, sorry=对不起, ok=好的, okay=行, yes=是的, no=不"
PHRASES = """
i am fine=我很好, not bad=还不错, i am sorry=很抱歉, excuse me=劳驾, no problem=没问题,
of course=当然, maybe=也许, really=真的吗, yes please=好的，谢谢, no thank you=不用了，谢谢你,
very good=很好, great=太好了, have a nice day=祝你今天愉快, i understand=我明白,
i don't understand=我不明白, do you understand=你明白吗, i don't know=我不知道, i know=我知道,
i think so=我也这么想, i don't think so=我不这么想, please speak slowly=请说慢一点,
please say it again=请再说一遍, please help me=请帮帮我, can you help me=你能帮我吗,
can i help you=我能帮你吗, help=救命, what is this=这是什么, what is that=那是什么,
what is it=它是什么, who are you=你是谁, who is he=他是谁, who is she=她是谁,
what time is it=现在几点, what time is it now=现在是几点, what day is it today=今天星期几,
how much is this=这个多少钱, how much is it=多少钱, how much does it cost=这要多少钱,
what do you do=你做什么工作, where are you from=你是哪里人, what are you doing=你在做什么,
it is raining=在下雨, is it raining=在下雨吗, it is snowing=在下雪, it is cold=天气很冷,
it is hot=天气很热, it is cold today=今天很冷, it is hot today=今天很热,
it is very cold today=今天非常冷, it is sunny today=今天天气晴朗, it is late=很晚了,
it is true=这是真的, it is not true=这不是真的, that is right=对, that is wrong=那不对,
that is good=那很好, are you ok=你没事吧, i am ok=我没事, i am okay=我还可以, i agree=我同意,
me too=我也是, turn left=左转,
turn right=右转, go straight=直走, what happened=发生了什么事, where is the toilet=厕所在哪儿,
i don't feel well=我不舒服, i am not sure=我不确定, i am from here=我是这里人,
i can't find it=我找不到它, i like it=我喜欢它, i love it=我爱它, i want it=我想要它,
i have no time=我没有时间, i don't have time=我没时间, i have to go now=我现在要走了,
it is delicious=很好吃, it is interesting=很有意思, it is expensive=很贵,
it is too expensive=太贵了, it is very beautiful=非常漂亮, it is important=很重要,
is it far=远吗, is it open=开门了吗, please sit down=请坐, please open the door=请开门,
please close the door=请关门, open the window=打开窗户, i have a question=我有一个问题,
i need help=我需要帮助, call the police=快报警, call a doctor=快叫医生, how old are you=你多大,
what is your phone number=你的电话号码是多少, do you speak english=你说英语吗,
i speak a little chinese=我会说一点汉语, i am learning chinese=我在学汉语,
see you next week=下个星期见, see you on monday=星期一见, good idea=好主意, stop=停,
i am here=我在这儿, i am a beginner=我是初学者, i am at home=我在家
"""
FAVORITE_SPORTS = "football=足球, basketball=篮球, tennis=网球, swimming=游泳, hockey=冰球"
FAVORITE_ANIMALS = "dogs=狗, cats=猫, horses=马, birds=鸟, rabbits=兔子"
WEATHER = """
nice=很好, bad=很差, very nice=非常好, very bad=非常差, hot=很热, cold=很冷, warm=很暖和
"""
SIGHTSEEING = "beautiful=漂亮, big=大, interesting=有意思, expensive=贵, famous=有名, far=远"
TOGETHER = "friends=朋友, colleagues=同事, classmates=同学, brothers=兄弟, sisters=姐妹"
CROWDS = "people=人, children=孩子, men=男人, women=女人"
ANIMALS = "cat=猫, dog=狗, bird=鸟"
# what a written source may have instead, and how often it has it
CONTRACTED = 0.4
CONTRACTIONS = (
    (r"\bi am (?=\w)", "i'm "),
    (r"\b(you|we|they) are (?=\w)", r"\1're "),
    (r"\b(he|she|it|what|where|who|that|how) is (?=\w)", r"\1's "),
    (r"\b(i|you|he|she|we|they|it) will (?=\w)", r"\1'll "),
    (r"\b(i|you|he|she|we|they) would (?=\w)", r"\1'd "),
    (r"\b(i|you|we|they) have (?=been |already )", r"\1've "),
)
WRITTEN_OUT = 0.3
FULL_FORMS = (
    (r"\bcan't\b", "cannot"),
    (r"\bwon't\b", "will not"),
    (r"\b(is|are|do|does|did|have|has)n't (?=\w)", r"\1 not "),
)
SILLY = (
    r"\b(brother|dad|husband|boyfriend|uncle|grandpa|father|son) (is|isn't)( very| not)? beautiful",
    r"\b(he|i|boss|brother|dad|husband|uncle|grandpa|father|son)\b.* pregnant",
    r"(baby|child) .*(married|boss|drunk|beer|wine|vodka|tequila|sangria|work|rich)",
    r"\b(my|your|his|her) (family) (is|was|has|isn't)",
    r"old today|(tall|short|rich|poor|famous|strong|fat|handsome) today",
    r"(baby|child|son|daughter|grand\w+).* smok|smok.*(baby|child)",
    r"\bneeds? a (problem|plan)",
    r"(never|always) sleeps?$",
    r"\btoo (good|nice|easy|important)",
    r"let's (see|talk to|wash|get up|find|make a|stay|wait)",
    r"^(?!i |can i |i'm |i'd ).*wash my",
    r"^(do |can |does |let's )?(you|your)\b.* (see|to) you\b",
    r"(why|what|where|when|how|who) (is|are|do|did|does|have|has) not",
    r"^(is|are|do|did|does|have|has|can|will) not",
    r"\b(wants?|needs?|like|likes|can|have|has) .*\bsee you$",
)
